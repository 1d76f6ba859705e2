// What JavaScript gives a call, checked.
#pragma once

#include <node_api.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <type_traits>

#include "../registry.h"

namespace foretoken {

template <class Element>
constexpr napi_typedarray_type kArrayOf = std::is_same_v<Element, float>     ? napi_float32_array
                                          : std::is_same_v<Element, double>  ? napi_float64_array
                                          : std::is_same_v<Element, int32_t> ? napi_int32_array
                                                                             : napi_uint8_array;

/// Arguments of a call. After a failed one `ok` is false and an exception is pending.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env(env) {
    size_t count = kMost;
    napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
  }

  /// The value of an argument, undefined where there is none.
  napi_value operator[](size_t index) const { return values_[index]; }

  double number(size_t index) { return number(values_[index], "a number"); }
  int integer(size_t index) { return integer(values_[index], "a number"); }
  std::string text(size_t index) { return text(values_[index], "a string"); }
  template <class Element>
  const Element* array(size_t index, size_t* length) {
    return array<Element>(values_[index], length, "a typed array of the right type");
  }

  double number(napi_value value, const char* name) {
    double result = 0;
    if (napi_get_value_double(env, value, &result) != napi_ok) fail(std::string(name) + " is missing");
    return result;
  }

  int integer(napi_value value, const char* name) {
    const double result = number(value, name);
    if (!(result >= -2147483648.0 && result <= 2147483647.0 && std::floor(result) == result)) {
      fail(std::string(name) + " is not a 32-bit integer");
      return 0;
    }
    return static_cast<int>(result);
  }

  std::string text(napi_value value, const char* name) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) {
      fail(std::string(name) + " is missing");
      return {};
    }
    std::string result(length, '\0');
    napi_get_value_string_utf8(env, value, result.data(), length + 1, &length);
    return result;
  }

  /// The values of a typed array of this element type; they stay valid during the call.
  template <class Element>
  const Element* array(napi_value value, size_t* length, const char* name) {
    napi_typedarray_type found{};
    void* data = nullptr;
    *length = 0;
    if (napi_get_typedarray_info(env, value, &found, length, &data, nullptr, nullptr) != napi_ok ||
        found != kArrayOf<Element>) {
      *length = 0;
      fail(std::string(name) + " is missing");
      return nullptr;
    }
    return static_cast<const Element*>(data);
  }

  /// The object of the addon with this number.
  template <class T>
  std::shared_ptr<T> object(int id, const char* name) {
    auto found = find_object<T>(id);
    if (ok && !found) fail(std::string("no ") + name + " has this number");
    return found;
  }

  /// A number of bytes.
  size_t offset(double value) {
    if (value >= 0 && value <= 9007199254740991.0) return static_cast<size_t>(value);
    fail("no such offset");
    return 0;
  }

  /// `code` becomes the property of the exception that programs look at.
  void fail(const std::string& message, const char* code = nullptr) {
    if (ok) napi_throw_range_error(env, code, message.c_str());
    ok = false;
  }

  napi_value result(double value) {
    napi_value made = nullptr;
    napi_create_double(env, value, &made);
    return made;
  }

  /// The number of an object that was made; fails with `error` where none was.
  napi_value result(std::shared_ptr<Object> made, const std::string& error) {
    if (made) return result(add_object(std::move(made)));
    fail(error);
    return nullptr;
  }

  /// A typed array that the caller fills.
  template <class Element>
  napi_value make_array(size_t length, Element** values) {
    napi_value buffer = nullptr, array = nullptr;
    void* data = nullptr;
    napi_create_arraybuffer(env, length * sizeof(Element), &data, &buffer);
    napi_create_typedarray(env, kArrayOf<Element>, length, buffer, 0, &array);
    *values = static_cast<Element*>(data);
    return array;
  }

  template <class Element>
  napi_value copy_of(const Element* values, size_t length) {
    Element* copy = nullptr;
    const napi_value array = make_array(length, &copy);
    std::copy_n(values, length, copy);
    return array;
  }

  napi_value list(std::initializer_list<napi_value> elements) {
    napi_value made = nullptr;
    uint32_t index = 0;
    napi_create_array_with_length(env, elements.size(), &made);
    for (const napi_value element : elements) napi_set_element(env, made, index++, element);
    return made;
  }

  napi_env env;
  bool ok = true;

 private:
  static constexpr size_t kMost = 10;
  napi_value values_[kMost] = {};
};

/// The properties of an object, by name.
class Fields {
 public:
  Fields(Arguments& arguments, napi_value object) : arguments_(arguments), object_(object) {}

  /// Null where there is none.
  napi_value find(const char* name) {
    asked_.insert(name);
    napi_value value = nullptr;
    napi_valuetype type = napi_undefined;
    if (!arguments_.ok || napi_get_named_property(arguments_.env, object_, name, &value) != napi_ok) return nullptr;
    napi_typeof(arguments_.env, value, &type);
    return type == napi_undefined ? nullptr : value;
  }

  double number(const char* name) { return arguments_.number(find(name), name); }
  int integer(const char* name) { return arguments_.integer(find(name), name); }
  std::string text(const char* name) { return arguments_.text(find(name), name); }
  template <class Element>
  const Element* array(const char* name, size_t* length) {
    return arguments_.array<Element>(find(name), length, name);
  }
  int integer_or(const char* name, int otherwise) {
    const napi_value value = find(name);
    return value == nullptr ? otherwise : arguments_.integer(value, name);
  }
  bool flag(const char* name) {
    bool value = false;
    const napi_value found = find(name);
    if (found != nullptr && napi_get_value_bool(arguments_.env, found, &value) != napi_ok) {
      arguments_.fail(std::string(name) + " is neither true nor false");
    }
    return value;
  }

  /// An object of the addon, which JavaScript holds as { id }; null where the property is absent.
  template <class T>
  std::shared_ptr<T> object(const char* name) {
    const napi_value value = find(name);
    return value == nullptr ? nullptr : arguments_.object<T>(Fields(arguments_, value).integer("id"), name);
  }

  /// Refuses a property that nobody asked for: it would be left out of what is computed.
  void finish() {
    napi_value names = nullptr, name = nullptr;
    uint32_t count = 0;
    if (!arguments_.ok || napi_get_property_names(arguments_.env, object_, &names) != napi_ok) return;
    napi_get_array_length(arguments_.env, names, &count);
    for (uint32_t i = 0; i < count; i++) {
      napi_get_element(arguments_.env, names, i, &name);
      const std::string found = arguments_.text(name, "a name");
      if (asked_.count(found) == 0) arguments_.fail("'" + found + "' is not known here");
    }
  }

 private:
  Arguments& arguments_;
  napi_value object_;
  std::set<std::string> asked_;
};

/// Calls body(Fields&) for each object of an array.
template <class Body>
void each_object(Arguments& arguments, napi_value list, const Body& body) {
  uint32_t count = 0;
  if (!arguments.ok || napi_get_array_length(arguments.env, list, &count) != napi_ok) {
    return arguments.fail("a list is missing");
  }
  for (uint32_t i = 0; arguments.ok && i < count; i++) {
    napi_value element = nullptr;
    napi_get_element(arguments.env, list, i, &element);
    Fields fields(arguments, element);
    body(fields);
    fields.finish();
  }
}

}  // namespace foretoken

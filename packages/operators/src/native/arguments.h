// What JavaScript gives a call, checked.
#pragma once

#include <node_api.h>

#include <cmath>
#include <string>

namespace foretoken {

/// Arguments of a call. After a failed one `ok` is false and an exception is pending.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env(env) {
    size_t count = kMost;
    napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
    count_ = count;
  }

  double number(size_t index) {
    double value = 0;
    if (index >= count_ || napi_get_value_double(env, values_[index], &value) != napi_ok) fail("a number is missing");
    return value;
  }

  int integer(size_t index) {
    const double value = number(index);
    if (!(value >= -2147483648.0 && value <= 2147483647.0 && std::floor(value) == value)) {
      fail("not a 32-bit integer");
      return 0;
    }
    return static_cast<int>(value);
  }

  std::string text(size_t index) {
    size_t length = 0;
    if (index >= count_ || napi_get_value_string_utf8(env, values_[index], nullptr, 0, &length) != napi_ok) {
      fail("a string is missing");
      return {};
    }
    std::string value(length, '\0');
    napi_get_value_string_utf8(env, values_[index], value.data(), length + 1, &length);
    return value;
  }

  /// The values of a typed array of this element type; they stay valid during the call.
  template <class Element>
  const Element* array(size_t index, napi_typedarray_type type, size_t* length) {
    napi_typedarray_type found{};
    void* data = nullptr;
    *length = 0;
    if (index >= count_ ||
        napi_get_typedarray_info(env, values_[index], &found, length, &data, nullptr, nullptr) != napi_ok ||
        found != type) {
      *length = 0;
      fail("a typed array of the right type is missing");
      return nullptr;
    }
    return static_cast<const Element*>(data);
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

  napi_env env;
  bool ok = true;

 private:
  static constexpr size_t kMost = 10;
  napi_value values_[kMost] = {};
  size_t count_ = 0;
};

}  // namespace foretoken

// What JavaScript makes and graphs refer to: objects by number, for the whole process.
#pragma once

#include <cstdint>
#include <memory>

namespace foretoken {

class Object {
 public:
  virtual ~Object() = default;
};

/// Numbers start at 1; 0 stands for "none" in the attributes of operators.
int32_t add_object(std::shared_ptr<Object> object);
std::shared_ptr<Object> object_of(int32_t id);
/// The object lives on while others hold it or a pass that uses it runs.
bool remove_object(int32_t id);

template <class T>
std::shared_ptr<T> find_object(int32_t id) {
  return std::dynamic_pointer_cast<T>(object_of(id));
}

}  // namespace foretoken

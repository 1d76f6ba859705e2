#include "registry.h"

#include <mutex>
#include <unordered_map>

namespace foretoken {
namespace {

struct Registry {
  std::mutex mutex;
  std::unordered_map<int32_t, std::shared_ptr<Object>> objects;
  int32_t last = 0;
};

Registry& registry() {
  static auto* instance = new Registry();
  return *instance;
}

}  // namespace

int32_t add_object(std::shared_ptr<Object> object) {
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.objects.emplace(++all.last, std::move(object));
  return all.last;
}

std::shared_ptr<Object> object_of(int32_t id) {
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.objects.find(id);
  return found == all.objects.end() ? nullptr : found->second;
}

bool remove_object(int32_t id) {
  Registry& all = registry();
  std::shared_ptr<Object> removed;
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.objects.find(id);
  if (found == all.objects.end()) return false;
  removed = std::move(found->second);
  all.objects.erase(found);
  return true;
}

}  // namespace foretoken

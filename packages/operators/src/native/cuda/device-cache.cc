#include "device-cache.h"

#include <algorithm>
#include <set>
#include <utility>

namespace foretoken::cuda {
namespace {

/// Positions that are moved at once, where order does not matter: room for them is taken each time.
constexpr int kMoved = 512;

int padded_capacity(int capacity) { return (capacity + kKeyPositions - 1) / kKeyPositions * kKeyPositions; }

/// Whether a position is read that is written as well.
bool overlaps(const int32_t* from, const int32_t* to, int count) {
  std::set<std::pair<int32_t, int32_t>> read;
  for (int i = 0; i < count; i++) read.insert({from[2 * i], from[2 * i + 1]});
  for (int i = 0; i < count; i++) {
    if (read.count({to[2 * i], to[2 * i + 1]}) > 0) return true;
  }
  return false;
}

}  // namespace

std::shared_ptr<DeviceCache> DeviceCache::create(std::shared_ptr<Accelerator> accelerator, const CacheShape& shape,
                                                 std::vector<float> rotation, std::string* error) {
  if (!check(shape, rotation, error)) return nullptr;
  auto cache = std::make_shared<DeviceCache>(shape, std::move(rotation));
  cache->accelerator_ = std::move(accelerator);
  const auto& device = cache->accelerator_->device();
  cache->accelerator_->use([&] {
    const size_t planes = static_cast<size_t>(shape.layers) * shape.slots * shape.kv_heads;
    const size_t bytes = planes * cache_plane(padded_capacity(shape.capacity), shape.head_size) * (shape.half ? 2 : 4);
    const size_t free = device->free_memory();
    if (bytes > free) {
      throw DeviceError(Fault::OutOfMemory, "A KV cache of " + std::to_string(bytes / 1000000) + " MB does not fit the " +
                                                std::to_string(free / 1000000) + " MB that are free on " +
                                                device->description().name +
                                                ": take a shorter context, fewer sequences, or kvPrecision float16.");
    }
    cache->memory_ = Memory(device, bytes);
    // A position that nobody wrote has weight 0 in some sums: it must be a number.
    device->clear(cache->memory_.address(), bytes);
    const size_t table = cache->rotation_.size() * sizeof(float);
    cache->rotations_ = Memory(device, table);
    device->upload(cache->rotations_.address(), cache->rotation_.data(), table);
    device->synchronise();
  });
  return cache;
}

CacheArguments DeviceCache::arguments() const {
  return {reinterpret_cast<void*>(memory_.address()), shape_.half ? 1 : 0, shape_.slots, shape_.kv_heads, shape_.heads,
          shape_.head_size, padded_capacity(shape_.capacity)};
}

size_t DeviceCache::entry_bytes() const {
  return static_cast<size_t>(shape_.layers) * shape_.kv_heads * 2 * shape_.head_size * (shape_.half ? 2 : 4);
}

void DeviceCache::move(const int32_t* from, const int32_t* to, int count) {
  accelerator_->use([&] {
    const int together = count > kMoved && !overlaps(from, to, count) ? kMoved : count;
    for (int first = 0; first < count; first += together) {
      move_some(from + 2 * first, to + 2 * first, std::min(together, count - first));
    }
  });
}

void DeviceCache::move_some(const int32_t* from, const int32_t* to, int count) {
  const auto& device = accelerator_->device();
  const size_t places = 2 * static_cast<size_t>(count) * sizeof(int32_t);
  const Memory lists(device, 2 * places), room(device, count * entry_bytes());
  device->upload(lists.address(), from, places);
  device->upload(lists.address() + places, to, places);
  const auto grid_y = static_cast<unsigned>(shape_.layers * shape_.kv_heads);
  for (const char* kernel : {"gather_entries", "scatter_entries"}) {
    const Address list = lists.address() + (kernel[0] == 'g' ? 0 : places);
    const MoveArguments arguments{this->arguments(), reinterpret_cast<const int*>(list),
                                  reinterpret_cast<void*>(room.address())};
    device->launch({kernel, static_cast<unsigned>(count), grid_y, 1, 128, &arguments});
  }
  device->synchronise();
}

}  // namespace foretoken::cuda

#include "cache.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "scratch.h"

namespace foretoken {

bool KvCache::check(const CacheShape& shape, const std::vector<float>& rotation, std::string* error) {
  const bool sizes = shape.layers > 0 && shape.heads > 0 && shape.kv_heads > 0 && shape.head_size > 0 &&
                     shape.slots > 0 && shape.capacity > 0 && shape.rotations > 0;
  if (!sizes || shape.heads % shape.kv_heads != 0 || shape.head_size % 2 != 0) {
    *error = "a cache needs positive sizes, heads that share key heads evenly and an even head size";
    return false;
  }
  if (rotation.empty() || rotation.size() % (static_cast<size_t>(shape.head_size) * shape.rotations) != 0) {
    *error = "the rotation table has " + std::to_string(rotation.size()) + " values, not whole rows of " +
             std::to_string(shape.head_size);
    return false;
  }
  return true;
}

std::shared_ptr<Cache> Cache::create(const CacheShape& shape, std::vector<float> rotation, std::string* error) {
  if (!check(shape, rotation, error)) return nullptr;
  auto cache = std::make_shared<Cache>(shape, std::move(rotation));
  cache->padded_head_ = (shape.head_size + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
  cache->blocks_ = (shape.capacity + kKeyBlock - 1) / kKeyBlock;
  cache->plane_ = static_cast<size_t>(cache->blocks_) * kKeyBlock * (shape.head_size + cache->padded_head_);
  const double bytes = (shape.half ? 2.0 : 4.0) * cache->plane_ * shape.layers * shape.slots * shape.kv_heads;
  void* memory = MAP_FAILED;
  if (bytes < 1e15) {
    cache->bytes_ = static_cast<size_t>(bytes);
    memory = mmap(nullptr, cache->bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
  if (memory == MAP_FAILED) {
    *error = "no memory for a cache of " + std::to_string(bytes / 1e9) + " GB";
    return nullptr;
  }
  cache->memory_ = memory;
  return cache;
}

Cache::~Cache() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
}

void Cache::write(int layer, int slot, int head, int position, const float* key, const float* value) {
  const int size = shape_.head_size;
  const size_t keys = keys_at(layer, slot, head, position) + position % kKeyBlock;
  const size_t values = values_at(layer, slot, head, position);
  if (shape_.half) {
    uint16_t* memory = static_cast<uint16_t*>(memory_);
    thread_local Scratch room;
    uint16_t* halves = reinterpret_cast<uint16_t*>(room.take(size));
    kernels().narrow(key, size, halves);
    for (int d = 0; d < size; d++) memory[keys + d * kKeyBlock] = halves[d];
    kernels().narrow(value, size, memory + values);
  } else {
    float* memory = static_cast<float*>(memory_);
    for (int d = 0; d < size; d++) memory[keys + d * kKeyBlock] = key[d];
    std::memcpy(memory + values, value, size * sizeof(float));
  }
}

bool KvCache::has(int slot, int position, int end, std::string* error) const {
  if (slot >= 0 && slot < shape_.slots && position >= 0 && position < end) return true;
  *error = "no position " + std::to_string(position) + " of slot " + std::to_string(slot) + " in a cache of " +
           std::to_string(shape_.slots) + " slots of " + std::to_string(shape_.capacity) + " positions";
  return false;
}

bool KvCache::copy(const int32_t* from, const int32_t* to, int count, std::string* error) {
  for (int i = 0; i < 2 * count; i++) {
    const int32_t* pair = i < count ? from + 2 * i : to + 2 * (i - count);
    if (!has(pair[0], pair[1], shape_.capacity, error)) return false;
  }
  move(from, to, count);
  return true;
}

bool KvCache::discard(int slot, int position, std::string* error) {
  if (!has(slot, position, shape_.capacity + 1, error)) return false;
  forget(slot, position);
  return true;
}

void Cache::move(const int32_t* from, const int32_t* to, int count) {
  if (shape_.half) move_elements<uint16_t>(from, to, count);
  else move_elements<float>(from, to, count);
}

void Cache::forget(int slot, int position) {
  // Keys are kept by blocks: one that holds an earlier position stays.
  const int block = (position + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
  for (int layer = 0; layer < shape_.layers; layer++) {
    for (int head = 0; head < shape_.kv_heads; head++) {
      discard_elements(keys_at(layer, slot, head, block), values_at(layer, slot, head, 0));
      discard_elements(values_at(layer, slot, head, position), plane_at(layer, slot, head) + plane_);
    }
  }
}

void Cache::discard_elements(size_t begin, size_t end) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const size_t bytes = shape_.half ? 2 : 4;
  const uintptr_t memory = reinterpret_cast<uintptr_t>(memory_);
  const uintptr_t from = (memory + begin * bytes + page - 1) & ~(page - 1);
  const uintptr_t to = (memory + end * bytes) & ~(page - 1);
  // Where the system keeps the pages all the same, nothing is lost but memory.
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
}

template <class Element>
void Cache::move_elements(const int32_t* from, const int32_t* to, int count) {
  Element* memory = static_cast<Element*>(memory_);
  const int key = shape_.head_size;
  const size_t entry = static_cast<size_t>(key) + padded_head_;
  std::vector<Element> moved(entry * count);
  for (int layer = 0; layer < shape_.layers; layer++) {
    for (int head = 0; head < shape_.kv_heads; head++) {
      for (int i = 0; i < count; i++) {
        const int slot = from[2 * i], position = from[2 * i + 1];
        const Element* keys_from = memory + keys_at(layer, slot, head, position) + position % kKeyBlock;
        Element* target = moved.data() + i * entry;
        for (int d = 0; d < key; d++) target[d] = keys_from[d * kKeyBlock];
        std::memcpy(target + key, memory + values_at(layer, slot, head, position), padded_head_ * sizeof(Element));
      }
      for (int i = 0; i < count; i++) {
        const int slot = to[2 * i], position = to[2 * i + 1];
        Element* keys_to = memory + keys_at(layer, slot, head, position) + position % kKeyBlock;
        const Element* source = moved.data() + i * entry;
        for (int d = 0; d < key; d++) keys_to[d * kKeyBlock] = source[d];
        std::memcpy(memory + values_at(layer, slot, head, position), source + key, padded_head_ * sizeof(Element));
      }
    }
  }
}

}  // namespace foretoken

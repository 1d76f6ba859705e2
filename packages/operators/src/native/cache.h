// Keys and values of every layer and slot.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels.h"
#include "registry.h"

namespace foretoken {

struct CacheShape {
  int layers;
  int heads;
  int kv_heads;
  int head_size;
  int slots;
  /// Positions that a slot holds.
  int capacity;
  /// Whether entries are kept in half precision: half the memory, each number rounded to 11 bits.
  bool half;
  /// Tables of rotary angles; layers may differ in which they use.
  int rotations = 1;
};

/// A cache in the memory of any device. `rotation` holds cosine and sine of each pair of dimensions at each position, table
/// by table: [rotations, positions, head_size / 2, 2].
class KvCache : public Object {
 public:
  /// Whether a cache of this shape can be; `error` says why not.
  static bool check(const CacheShape& shape, const std::vector<float>& rotation, std::string* error);

  KvCache(const CacheShape& shape, std::vector<float> rotation) : shape_(shape), rotation_(std::move(rotation)) {}

  const CacheShape& shape() const { return shape_; }
  int rotation_positions() const { return static_cast<int>(rotation_.size()) / shape_.head_size / shape_.rotations; }
  const float* rotation(int table, int position) const {
    return rotation_.data() + (static_cast<size_t>(table) * rotation_positions() + position) * shape_.head_size;
  }

  /// Copies entries of every layer, all reads before all writes. `from` and `to` hold `count` pairs [slot, position].
  bool copy(const int32_t* from, const int32_t* to, int count, std::string* error);

  /// Gives the memory of a slot back from a position on where the device can: what lies there is lost.
  bool discard(int slot, int position, std::string* error);

 protected:
  virtual void move(const int32_t* from, const int32_t* to, int count) = 0;
  virtual void forget(int slot, int position) = 0;

  CacheShape shape_{};
  std::vector<float> rotation_;

 private:
  bool has(int slot, int position, int end, std::string* error) const;
};

struct Stored {
  const uint8_t* data;
  size_t bytes;
};

/// The CPU's. Memory is reserved at once and taken from the machine as positions are written.
///
/// Keys lie in blocks of `kKeyBlock` positions, dimension by dimension, so that scores need no sum across a vector;
/// values lie position by position, padded to whole vectors.
class Cache : public KvCache {
 public:
  /// Null and `error` when the shape is not one or the memory can't be had.
  static std::shared_ptr<Cache> create(const CacheShape& shape, std::vector<float> rotation, std::string* error);
  using KvCache::KvCache;
  ~Cache() override;

  int padded_head() const { return padded_head_; }

  /// Takes in the key and the value of a position, each [head_size].
  void write(int layer, int slot, int head, int position, const float* key, const float* value);

  /// Keys of the block that holds `position`: [head_size][kKeyBlock]. They may lie in `room`, of as many values.
  const float* keys(int layer, int slot, int head, int position, float* room) const {
    return single(keys_at(layer, slot, head, position), static_cast<size_t>(kKeyBlock) * shape_.head_size, room);
  }
  /// Where the keys of that block are stored.
  Stored stored_keys(int layer, int slot, int head, int position) const {
    return stored(keys_at(layer, slot, head, position), static_cast<size_t>(kKeyBlock) * shape_.head_size);
  }
  /// Where the values of positions from `position` on are stored.
  Stored stored_values(int layer, int slot, int head, int position, int count) const {
    return stored(values_at(layer, slot, head, position), static_cast<size_t>(count) * padded_head_);
  }
  /// Values from a position on: [count][padded_head]. They may lie in `room`, of as many values.
  const float* values(int layer, int slot, int head, int position, int count, float* room) const {
    return single(values_at(layer, slot, head, position), static_cast<size_t>(count) * padded_head_, room);
  }

 protected:
  void move(const int32_t* from, const int32_t* to, int count) override;
  /// Gives back whole pages.
  void forget(int slot, int position) override;

 private:
  /// Index of the first key of the block that holds `position`.
  size_t keys_at(int layer, int slot, int head, int position) const {
    return plane_at(layer, slot, head) + static_cast<size_t>(position / kKeyBlock) * kKeyBlock * shape_.head_size;
  }
  size_t values_at(int layer, int slot, int head, int position) const {
    return plane_at(layer, slot, head) + static_cast<size_t>(blocks_) * kKeyBlock * shape_.head_size +
           static_cast<size_t>(position) * padded_head_;
  }
  size_t plane_at(int layer, int slot, int head) const {
    return ((static_cast<size_t>(layer) * shape_.slots + slot) * shape_.kv_heads + head) * plane_;
  }

  const float* single(size_t index, size_t count, float* room) const {
    if (!shape_.half) return static_cast<const float*>(memory_) + index;
    kernels().widen(static_cast<const uint16_t*>(memory_) + index, count, room);
    return room;
  }

  Stored stored(size_t index, size_t count) const {
    const size_t bytes = shape_.half ? sizeof(uint16_t) : sizeof(float);
    return {static_cast<const uint8_t*>(memory_) + index * bytes, count * bytes};
  }

  /// Gives back the whole pages among elements, by their index.
  void discard_elements(size_t begin, size_t end);

  template <class Element>
  void move_elements(const int32_t* from, const int32_t* to, int count);

  int padded_head_ = 0;
  int blocks_ = 0;
  size_t plane_ = 0;
  /// float or, in half precision, uint16_t.
  void* memory_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace foretoken

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
};

/// Memory is reserved at once and taken from the machine as positions are written.
///
/// Keys lie in blocks of `kKeyBlock` positions, dimension by dimension, so that scores need no sum across a vector;
/// values lie position by position, padded to whole vectors.
class Cache : public Object {
 public:
  /// Null and `error` when the shape is not one or the memory can't be had. `rotation` holds cosine and sine of each
  /// pair of dimensions at each position, [positions, head_size / 2, 2].
  static std::shared_ptr<Cache> create(const CacheShape& shape, std::vector<float> rotation, std::string* error);
  ~Cache() override;

  const CacheShape& shape() const { return shape_; }
  int padded_head() const { return padded_head_; }
  int rotation_positions() const { return static_cast<int>(rotation_.size()) / shape_.head_size; }
  const float* rotation(int position) const { return rotation_.data() + static_cast<size_t>(position) * shape_.head_size; }

  /// Keys of the block that holds `position`: [head_size][kKeyBlock].
  float* keys(int layer, int slot, int head, int position) const {
    return plane(layer, slot, head) + static_cast<size_t>(position / kKeyBlock) * kKeyBlock * shape_.head_size;
  }
  /// Values of a position: [padded_head].
  float* values(int layer, int slot, int head, int position) const {
    return plane(layer, slot, head) + static_cast<size_t>(blocks_) * kKeyBlock * shape_.head_size +
           static_cast<size_t>(position) * padded_head_;
  }

  /// Copies entries of every layer, all reads before all writes. `from` and `to` hold `count` pairs [slot, position].
  bool copy(const int32_t* from, const int32_t* to, int count, std::string* error);

 private:
  float* plane(int layer, int slot, int head) const {
    return memory_ + ((static_cast<size_t>(layer) * shape_.slots + slot) * shape_.kv_heads + head) * plane_;
  }

  CacheShape shape_{};
  int padded_head_ = 0;
  int blocks_ = 0;
  size_t plane_ = 0;
  float* memory_ = nullptr;
  size_t bytes_ = 0;
  std::vector<float> rotation_;
};

}  // namespace foretoken

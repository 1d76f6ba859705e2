// The KV cache on a device.
#pragma once

#include "../cache.h"
#include "accelerator.h"

namespace foretoken::cuda {

/// All of its memory is taken at once. Layout: `cache_plane` of kernels/arguments.h.
class DeviceCache : public KvCache {
 public:
  /// Null and `error` when the shape is not one. Throws `DeviceError`.
  static std::shared_ptr<DeviceCache> create(std::shared_ptr<Accelerator> accelerator, const CacheShape& shape,
                                             std::vector<float> rotation, std::string* error);
  using KvCache::KvCache;

  Accelerator& accelerator() const { return *accelerator_; }
  CacheArguments arguments() const;
  /// Where a table of rotary angles lies.
  Address rotation(int table) const {
    return rotations_.address() + sizeof(float) * table * rotation_positions() * shape_.head_size;
  }

 protected:
  void move(const int32_t* from, const int32_t* to, int count) override;
  /// What lies there is written over.
  void forget(int, int) override {}

 private:
  std::shared_ptr<Accelerator> accelerator_;
  Memory memory_;
  Memory rotations_;

  size_t entry_bytes() const;
  void move_some(const int32_t* from, const int32_t* to, int count);
};

}  // namespace foretoken::cuda

// A device with the weights of the models that run on it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "device.h"
#include "regroup.h"

namespace foretoken::cuda {

/// What one launch multiplies with.
struct DevicePart {
  Format format;
  Address weight;
  int first;
  int rows;
  int tiles;
  bool gated;
};

struct DeviceMatrix {
  /// Kept, so that its address names no other matrix.
  std::shared_ptr<Matrix> source;
  Memory memory;
  std::vector<DevicePart> parts;
};

struct DeviceVector {
  std::shared_ptr<Vector> source;
  Memory memory;
};

class Accelerator : public Object {
 public:
  explicit Accelerator(std::shared_ptr<Device> device) : device_(std::move(device)) {}

  const std::shared_ptr<Device>& device() const { return device_; }

  /// A matrix on the device, regrouped and copied when it is first asked for; `gated` as in `regroup_plan`.
  std::shared_ptr<DeviceMatrix> matrix(const std::shared_ptr<Matrix>& source, bool gated);
  /// Null for null.
  std::shared_ptr<DeviceVector> vector(const std::shared_ptr<Vector>& source);

  /// Does something on the device while nobody else does, and notes a `DeviceError`.
  template <class Action>
  auto use(const Action& action) -> decltype(action()) {
    std::lock_guard<std::mutex> lock(mutex_);
    try {
      return action();
    } catch (const DeviceError& error) {
      fault_ = error.code();
      throw;
    }
  }

  /// The code of the last `DeviceError` since the last call; empty for none.
  std::string take_fault() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(fault_, {});
  }

 private:
  std::shared_ptr<Device> device_;
  std::mutex mutex_;
  std::string fault_;
  std::unordered_map<const Matrix*, std::weak_ptr<DeviceMatrix>> matrices_[2];
  std::unordered_map<const Vector*, std::weak_ptr<DeviceVector>> vectors_;

  void copy_tiles(const Matrix& matrix, const RegroupedPart& part, Address to);
};

}  // namespace foretoken::cuda

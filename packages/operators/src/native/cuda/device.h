// A GPU that runs kernels by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "device-error.h"
#include "driver.h"

namespace foretoken::cuda {

/// In the memory of a device.
using Address = uint64_t;

template <class T>
T* pointer(Address address) {
  return reinterpret_cast<T*>(address);
}

/// Blocks of `size` that cover `count`.
constexpr int divided(int count, int size) { return (count + size - 1) / size; }

struct Launch {
  const char* kernel;
  unsigned grid_x;
  unsigned grid_y;
  unsigned grid_z;
  unsigned threads;
  /// The kernel's one parameter, a struct; copied.
  const void* arguments;
};

struct DeviceDescription {
  std::string name;
  /// Compute capability, 10 * major + minor.
  int architecture = 0;
  int multiprocessors = 0;
  size_t memory = 0;
};

class Device;

/// Launches and copies that are begun in one call.
class Graph {
 public:
  Graph(const Driver& driver, GraphHandle graph) : driver_(driver), graph_(graph) {}
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

 private:
  friend class Device;
  const Driver& driver_;
  GraphHandle graph_;
  GraphExecutable executable_ = nullptr;
};

/// Work is done in the order in which it is begun, and is waited for by `synchronise` only. Functions throw `DeviceError`;
/// after `Fault::Lost` every later one does.
class Device {
 public:
  /// The first GPU that the process sees (CUDA_VISIBLE_DEVICES), by the driver in a library. Throws `DeviceError`.
  static std::shared_ptr<Device> open(const std::string& library);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const DeviceDescription& description() const { return description_; }
  /// Makes the kernels of a compiled module known by their names.
  void load(const std::vector<char>& module);

  /// Bytes that can still be allocated, about.
  size_t free_memory();
  Address allocate(size_t bytes);
  void release(Address address) noexcept;
  /// Host memory that the device copies from and to while the host goes on.
  void* allocate_host(size_t bytes);
  void release_host(void* memory) noexcept;

  /// Host memory on the other side must stay until `synchronise`.
  void upload(Address to, const void* from, size_t bytes);
  void download(void* to, Address from, size_t bytes);
  void copy(Address to, Address from, size_t bytes);
  void clear(Address address, size_t bytes);
  void launch(const Launch& launch);
  void synchronise();

  /// What is begun between the two becomes a graph and is not done yet. Nothing may be allocated in between.
  void begin_graph();
  std::unique_ptr<Graph> end_graph();
  void replay(const Graph& graph);

  /// Milliseconds of the device from `start_timing` to `stop_timing`, which waits.
  void start_timing();
  float stop_timing();

 private:
  explicit Device(const Driver& driver) : driver_(driver) {}

  /// Any thread of the process may call; each has a current context of its own.
  void enter() const { check(driver_.context_set(context_), "enter the GPU's context"); }
  void check(Result result, const std::string& action) const;
  /// Calls a function of the driver in the GPU's context.
  template <class... Parameters, class... Values>
  void call(const std::string& action, Result (*function)(Parameters...), Values... values) const {
    enter();
    check(function(values...), action);
  }
  void choose();

  const Driver driver_;
  int device_ = -1;
  Context context_ = nullptr;
  Stream stream_ = nullptr;
  Event start_ = nullptr, stop_ = nullptr;
  std::vector<Module> modules_;
  std::unordered_map<std::string, Function> functions_;
  DeviceDescription description_;
};

/// Memory that is released with its owner.
class Memory {
 public:
  Memory() = default;
  Memory(std::shared_ptr<Device> device, size_t bytes)
      : device_(std::move(device)), address_(device_->allocate(bytes)), size_(bytes) {}
  ~Memory() {
    if (device_) device_->release(address_);
  }
  Memory(Memory&& other) noexcept { *this = std::move(other); }
  Memory& operator=(Memory&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(address_, other.address_);
    std::swap(size_, other.size_);
    return *this;
  }

  Address address() const { return address_; }
  size_t size() const { return size_; }

 private:
  std::shared_ptr<Device> device_;
  Address address_ = 0;
  size_t size_ = 0;
};

/// Host memory that the device copies from and to.
template <class T>
class HostArray {
 public:
  HostArray() = default;
  HostArray(std::shared_ptr<Device> device, size_t count)
      : device_(std::move(device)), data_(static_cast<T*>(device_->allocate_host(count * sizeof(T)))), size_(count) {}
  ~HostArray() {
    if (device_) device_->release_host(data_);
  }
  HostArray(HostArray&& other) noexcept { *this = std::move(other); }
  HostArray& operator=(HostArray&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::shared_ptr<Device> device_;
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace foretoken::cuda

#include "device.h"

namespace foretoken::cuda {
namespace {

/// Kernels use the tensor cores and asynchronous copies of this one.
constexpr int kOldestArchitecture = 80;

}  // namespace

Graph::~Graph() {
  if (executable_ != nullptr) driver_.graph_executable_destroy(executable_);
  driver_.graph_destroy(graph_);
}

std::shared_ptr<Device> Device::open(const std::string& library) {
  std::shared_ptr<Device> device(new Device(load_driver(library)));
  device->choose();
  return device;
}

void Device::check(Result result, const std::string& action) const {
  if (result == kSuccess) return;
  const char* text = nullptr;
  driver_.error_string(result, &text);
  const std::string reason = "The GPU could not " + action + ": " + (text != nullptr ? text : "unknown error") +
                             " (CUDA error " + std::to_string(result) + ").";
  throw DeviceError(result == kOutOfMemory ? Fault::OutOfMemory : Fault::Lost, reason);
}

void Device::choose() {
  int count = 0;
  const Result started = driver_.init(0);
  const Result counted = started == kSuccess ? driver_.device_count(&count) : started;
  if (counted != kSuccess || count == 0) {
    const char* text = nullptr;
    if (counted != kSuccess) driver_.error_string(counted, &text);
    throw DeviceError(Fault::NoDevice, std::string("NVIDIA's driver gives no GPU") +
                                           (text != nullptr ? std::string(": ") + text : std::string()) + ".");
  }
  int device = 0, major = 0, minor = 0;
  char name[256] = {};
  check(driver_.device_get(&device, 0), "be opened");
  check(driver_.device_name(name, sizeof name - 1, device), "give its name");
  check(driver_.device_attribute(&major, kMajor, device), "give its architecture");
  check(driver_.device_attribute(&minor, kMinor, device), "give its architecture");
  check(driver_.device_attribute(&description_.multiprocessors, kMultiprocessors, device), "count its processors");
  check(driver_.device_memory(&description_.memory, device), "give its memory");
  description_.name = name;
  description_.architecture = 10 * major + minor;
  if (description_.architecture < kOldestArchitecture) {
    throw DeviceError(Fault::DeviceTooOld, description_.name + " has compute capability " + std::to_string(major) + "." +
                                               std::to_string(minor) + "; the kernels need 8.0 (Ampere) or newer.");
  }
  check(driver_.context_retain(&context_, device), "make a context");
  device_ = device;
  enter();
  check(driver_.stream_create(&stream_, kNonBlocking), "make a stream");
  check(driver_.event_create(&start_, 0), "make an event");
  check(driver_.event_create(&stop_, 0), "make an event");
}

Device::~Device() {
  if (context_ == nullptr) return;
  driver_.context_set(context_);
  if (start_ != nullptr) driver_.event_destroy(start_);
  if (stop_ != nullptr) driver_.event_destroy(stop_);
  for (const Module module : modules_) driver_.module_unload(module);
  if (stream_ != nullptr) driver_.stream_destroy(stream_);
  driver_.context_release(device_);
}

void Device::load(const std::vector<char>& module) {
  enter();
  Module loaded = nullptr;
  const Result result = driver_.module_load(&loaded, module.data());
  if (result == kNoBinary) throw DeviceError(Fault::CompileFailed, "The compiled kernels are for another GPU.");
  check(result, "load the kernels");
  modules_.push_back(loaded);
}

size_t Device::free_memory() {
  size_t free = 0, total = 0;
  call("tell its free memory", driver_.memory_info, &free, &total);
  return free;
}

Address Device::allocate(size_t bytes) {
  Address address = 0;
  call("allocate " + std::to_string(static_cast<double>(bytes) / 1e9) + " GB", driver_.memory_allocate, &address,
       bytes > 0 ? bytes : 1);
  return address;
}

void Device::release(Address address) noexcept {
  driver_.context_set(context_);
  driver_.memory_free(address);
}

void* Device::allocate_host(size_t bytes) {
  void* memory = nullptr;
  call("allocate host memory", driver_.host_allocate, &memory, bytes > 0 ? bytes : 1, 0u);
  return memory;
}

void Device::release_host(void* memory) noexcept {
  driver_.context_set(context_);
  driver_.host_free(memory);
}

void Device::upload(Address to, const void* from, size_t bytes) {
  call("copy to its memory", driver_.upload, to, from, bytes, stream_);
}

void Device::download(void* to, Address from, size_t bytes) {
  call("copy from its memory", driver_.download, to, from, bytes, stream_);
}

void Device::copy(Address to, Address from, size_t bytes) {
  call("copy within its memory", driver_.copy, to, from, bytes, stream_);
}

void Device::clear(Address address, size_t bytes) { call("clear memory", driver_.fill, address, 0, bytes, stream_); }

void Device::launch(const Launch& launch) {
  enter();
  Function& function = functions_[launch.kernel];
  for (size_t i = 0; function == nullptr && i < modules_.size(); i++) {
    if (driver_.module_function(&function, modules_[i], launch.kernel) != kSuccess) function = nullptr;
  }
  if (function == nullptr) {
    throw DeviceError(Fault::CompileFailed, std::string("The kernel ") + launch.kernel + " has not been loaded.");
  }
  void* parameters[] = {const_cast<void*>(launch.arguments)};
  check(driver_.launch(function, launch.grid_x, launch.grid_y, launch.grid_z, launch.threads, 1, 1, 0, stream_, parameters,
                       nullptr),
        std::string("launch ") + launch.kernel);
}

void Device::synchronise() { call("finish its work", driver_.stream_synchronise, stream_); }

void Device::begin_graph() { call("begin a graph", driver_.capture_begin, stream_, kRelaxed); }

std::unique_ptr<Graph> Device::end_graph() {
  GraphHandle handle = nullptr;
  call("end a graph", driver_.capture_end, stream_, &handle);
  auto graph = std::make_unique<Graph>(driver_, handle);
  check(driver_.graph_instantiate(&graph->executable_, handle, 0), "prepare a graph");
  return graph;
}

void Device::replay(const Graph& graph) {
  call("begin a graph's work", driver_.graph_launch, graph.executable_, stream_);
}

void Device::start_timing() { call("take the time", driver_.event_record, start_, stream_); }

float Device::stop_timing() {
  float milliseconds = 0;
  call("take the time", driver_.event_record, stop_, stream_);
  check(driver_.event_synchronise(stop_), "finish its work");
  check(driver_.event_elapsed(&milliseconds, start_, stop_), "take the time");
  return milliseconds;
}

}  // namespace foretoken::cuda

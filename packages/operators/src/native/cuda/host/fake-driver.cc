// What the runtime asks of libcuda.so.1, done on the host: device memory is ordinary memory, kernels run in the calling
// thread, and any of the failures of a real one can be asked for. Only tests load it. Variables of the environment:
//   FAKE_CUDA_VERSION      the driver's, 1000 * major + 10 * minor; 12090
//   FAKE_CUDA_DEVICES      GPUs that it finds; 1
//   FAKE_CUDA_ARCHITECTURE 10 * major + minor of their compute capability; 90
//   FAKE_CUDA_MEMORY       bytes of memory; 8 GB
//   FAKE_CUDA_ALLOCATIONS  allocations that succeed, whatever is free; any number
//   FAKE_CUDA_LAUNCHES     launches after which the GPU is lost; none
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "launch.h"

namespace {

using Result = int;
constexpr Result kSuccess = 0, kInvalidValue = 1, kOutOfMemory = 2, kNoDevice = 100, kNotFound = 500, kFailed = 719;

long long setting(const char* name, long long otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::atoll(text) : otherwise;
}

using FakeGraph = std::vector<std::function<Result()>>;
using FakeEvent = std::chrono::steady_clock::time_point;

struct State {
  std::mutex mutex;
  std::map<uint64_t, size_t> allocated;
  size_t used = 0;
  long long allocations = 0, launches = 0;
  /// What the host asked for: kernels one by one, and graphs.
  long long asked_kernels = 0, asked_graphs = 0;
  bool lost = false;
  bool capturing = false;
  FakeGraph captured;
  std::set<std::string> names;
};

State& state() {
  static auto* instance = new State();
  return *instance;
}

/// Does something now, or when the graph that is being captured is launched.
template <class Action>
Result submit(Action action) {
  State& all = state();
  if (all.lost) return kFailed;
  if (!all.capturing) return action();
  all.captured.push_back(action);
  return kSuccess;
}

size_t memory_size() { return static_cast<size_t>(setting("FAKE_CUDA_MEMORY", 8ll << 30)); }

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT Result cuInit(unsigned) { return kSuccess; }

EXPORT Result cuDriverGetVersion(int* version) {
  *version = static_cast<int>(setting("FAKE_CUDA_VERSION", 12090));
  return kSuccess;
}

EXPORT Result cuGetErrorString(Result result, const char** text) {
  *text = result == kOutOfMemory ? "out of memory" : result == kFailed ? "unspecified launch failure" : "fake failure";
  return kSuccess;
}

EXPORT Result cuDeviceGetCount(int* count) {
  *count = static_cast<int>(setting("FAKE_CUDA_DEVICES", 1));
  return *count > 0 ? kSuccess : kNoDevice;
}

EXPORT Result cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return kSuccess;
}

EXPORT Result cuDeviceGetName(char* name, int length, int) {
  std::strncpy(name, "Fake GPU", static_cast<size_t>(length));
  return kSuccess;
}

EXPORT Result cuDeviceGetAttribute(int* value, int attribute, int) {
  const int architecture = static_cast<int>(setting("FAKE_CUDA_ARCHITECTURE", 90));
  *value = attribute == 75 ? architecture / 10 : attribute == 76 ? architecture % 10 : 4;
  return kSuccess;
}

EXPORT Result cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = memory_size();
  return kSuccess;
}

/// A new context has nothing of what the one before left, as when a process is started anew.
EXPORT Result cuDevicePrimaryCtxRetain(void** context, int) {
  State& all = state();
  std::lock_guard<std::mutex> lock(all.mutex);
  *context = &all;
  all.lost = all.capturing = false;
  all.allocations = all.launches = 0;
  return kSuccess;
}

EXPORT Result cuDevicePrimaryCtxRelease_v2(int) { return kSuccess; }

EXPORT Result cuCtxSetCurrent(void*) { return kSuccess; }

EXPORT Result cuMemAlloc_v2(uint64_t* address, size_t bytes) {
  State& all = state();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.lost) return kFailed;
  const long long allowed = setting("FAKE_CUDA_ALLOCATIONS", -1);
  if (all.used + bytes > memory_size() || (allowed >= 0 && all.allocations >= allowed)) return kOutOfMemory;
  void* memory = ::operator new(bytes, std::align_val_t(256), std::nothrow);
  if (memory == nullptr) return kOutOfMemory;
  // What nobody wrote is no number.
  std::memset(memory, 0xff, bytes);
  *address = reinterpret_cast<uint64_t>(memory);
  all.allocated[*address] = bytes;
  all.used += bytes;
  all.allocations++;
  return kSuccess;
}

EXPORT Result cuMemFree_v2(uint64_t address) {
  State& all = state();
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.allocated.find(address);
  if (found == all.allocated.end()) return kInvalidValue;
  all.used -= found->second;
  all.allocated.erase(found);
  ::operator delete(reinterpret_cast<void*>(address), std::align_val_t(256));
  return kSuccess;
}

EXPORT Result cuMemGetInfo_v2(size_t* free, size_t* total) {
  State& all = state();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.lost) return kFailed;
  *total = memory_size();
  *free = *total > all.used ? *total - all.used : 0;
  return kSuccess;
}

EXPORT Result cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
  *memory = std::malloc(bytes);
  return *memory != nullptr ? kSuccess : kOutOfMemory;
}

EXPORT Result cuMemFreeHost(void* memory) {
  std::free(memory);
  return kSuccess;
}

EXPORT Result cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void*) {
  return submit([=] {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return kSuccess;
  });
}

EXPORT Result cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void*) {
  return submit([=] {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return kSuccess;
  });
}

EXPORT Result cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void*) {
  return submit([=] {
    std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
    return kSuccess;
  });
}

EXPORT Result cuMemsetD8Async(uint64_t address, unsigned char value, size_t count, void*) {
  return submit([=] {
    std::memset(reinterpret_cast<void*>(address), value, count);
    return kSuccess;
  });
}

EXPORT Result cuModuleLoadData(void** module, const void* image) {
  *module = const_cast<void*>(image);
  return image != nullptr ? kSuccess : kInvalidValue;
}

EXPORT Result cuModuleUnload(void*) { return kSuccess; }

EXPORT Result cuModuleGetFunction(const char** function, void*, const char* name) {
  if (foretoken::cuda::arguments_on_host(name) == 0) return kNotFound;
  *function = state().names.insert(name).first->c_str();
  return kSuccess;
}

EXPORT Result cuLaunchKernel(const char* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                             unsigned, unsigned, unsigned, void*, void** parameters, void**) {
  const foretoken::cuda::Grid grid{grid_x, grid_y, grid_z};
  const size_t size = foretoken::cuda::arguments_on_host(function);
  const auto* first = static_cast<const char*>(parameters[0]);
  if (!state().capturing) state().asked_kernels++;
  return submit([=, arguments = std::vector<char>(first, first + size)] {
    State& all = state();
    const long long most = setting("FAKE_CUDA_LAUNCHES", -1);
    std::lock_guard<std::mutex> lock(all.mutex);
    if (most >= 0 && all.launches >= most) all.lost = true;
    if (all.lost) return kFailed;
    all.launches++;
    const bool known = foretoken::cuda::launch_on_host(function, grid, static_cast<int>(block_x), arguments.data(), size);
    return known ? kSuccess : kInvalidValue;
  });
}

EXPORT Result cuStreamCreate(void** stream, unsigned) {
  *stream = &state();
  return kSuccess;
}

EXPORT Result cuStreamDestroy_v2(void*) { return kSuccess; }

EXPORT Result cuStreamSynchronize(void*) { return state().lost ? kFailed : kSuccess; }

EXPORT Result cuStreamBeginCapture_v2(void*, unsigned) {
  State& all = state();
  if (all.lost) return kFailed;
  if (all.capturing) return kInvalidValue;
  all.capturing = true;
  all.captured.clear();
  return kSuccess;
}

EXPORT Result cuStreamEndCapture(void*, FakeGraph** graph) {
  State& all = state();
  if (!all.capturing) return kInvalidValue;
  all.capturing = false;
  *graph = new FakeGraph(std::move(all.captured));
  all.captured.clear();
  return all.lost ? kFailed : kSuccess;
}

EXPORT Result cuGraphInstantiateWithFlags(FakeGraph** executable, FakeGraph* graph, unsigned long long) {
  *executable = new FakeGraph(*graph);
  return kSuccess;
}

EXPORT Result cuGraphLaunch(FakeGraph* executable, void*) {
  state().asked_graphs++;
  for (const auto& step : *executable) {
    if (const Result result = step(); result != kSuccess) return result == kInvalidValue ? result : kSuccess;
  }
  return state().lost ? kFailed : kSuccess;
}

EXPORT Result cuGraphExecDestroy(FakeGraph* executable) {
  delete executable;
  return kSuccess;
}

EXPORT Result cuGraphDestroy(FakeGraph* graph) {
  delete graph;
  return kSuccess;
}

EXPORT Result cuEventCreate(FakeEvent** event, unsigned) {
  *event = new FakeEvent();
  return kSuccess;
}

EXPORT Result cuEventRecord(FakeEvent* event, void*) {
  *event = std::chrono::steady_clock::now();
  return state().lost ? kFailed : kSuccess;
}

EXPORT Result cuEventSynchronize(FakeEvent*) { return state().lost ? kFailed : kSuccess; }

EXPORT Result cuEventElapsedTime(float* milliseconds, FakeEvent* start, FakeEvent* end) {
  *milliseconds = std::chrono::duration<float, std::milli>(*end - *start).count();
  return kSuccess;
}

EXPORT Result cuEventDestroy_v2(FakeEvent* event) {
  delete event;
  return kSuccess;
}

/// For tests that count.
EXPORT long long fakeKernelsAsked() { return state().asked_kernels; }
EXPORT long long fakeGraphsAsked() { return state().asked_graphs; }

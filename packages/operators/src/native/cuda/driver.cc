#include "driver.h"

#include <dlfcn.h>

#include "device-error.h"

namespace foretoken::cuda {
namespace {

/// CUDA 12: kernels are compiled for it, and every function below is in it.
constexpr int kOldestVersion = 12000;

struct Entry {
  const char* name;
  size_t offset;
};

/// Names with _v2 are what the plain ones have meant since CUDA 3.2, 4.0, 10.1 (capture) and 11.0 (contexts).
const Entry kEntries[] = {
    {"cuInit", offsetof(Driver, init)},
    {"cuDriverGetVersion", offsetof(Driver, version)},
    {"cuGetErrorString", offsetof(Driver, error_string)},
    {"cuDeviceGetCount", offsetof(Driver, device_count)},
    {"cuDeviceGet", offsetof(Driver, device_get)},
    {"cuDeviceGetName", offsetof(Driver, device_name)},
    {"cuDeviceGetAttribute", offsetof(Driver, device_attribute)},
    {"cuDeviceTotalMem_v2", offsetof(Driver, device_memory)},
    {"cuDevicePrimaryCtxRetain", offsetof(Driver, context_retain)},
    {"cuDevicePrimaryCtxRelease_v2", offsetof(Driver, context_release)},
    {"cuCtxSetCurrent", offsetof(Driver, context_set)},
    {"cuMemAlloc_v2", offsetof(Driver, memory_allocate)},
    {"cuMemFree_v2", offsetof(Driver, memory_free)},
    {"cuMemGetInfo_v2", offsetof(Driver, memory_info)},
    {"cuMemHostAlloc", offsetof(Driver, host_allocate)},
    {"cuMemFreeHost", offsetof(Driver, host_free)},
    {"cuMemcpyHtoDAsync_v2", offsetof(Driver, upload)},
    {"cuMemcpyDtoHAsync_v2", offsetof(Driver, download)},
    {"cuMemcpyDtoDAsync_v2", offsetof(Driver, copy)},
    {"cuMemsetD8Async", offsetof(Driver, fill)},
    {"cuModuleLoadData", offsetof(Driver, module_load)},
    {"cuModuleUnload", offsetof(Driver, module_unload)},
    {"cuModuleGetFunction", offsetof(Driver, module_function)},
    {"cuLaunchKernel", offsetof(Driver, launch)},
    {"cuStreamCreate", offsetof(Driver, stream_create)},
    {"cuStreamDestroy_v2", offsetof(Driver, stream_destroy)},
    {"cuStreamSynchronize", offsetof(Driver, stream_synchronise)},
    {"cuStreamBeginCapture_v2", offsetof(Driver, capture_begin)},
    {"cuStreamEndCapture", offsetof(Driver, capture_end)},
    {"cuGraphInstantiateWithFlags", offsetof(Driver, graph_instantiate)},
    {"cuGraphLaunch", offsetof(Driver, graph_launch)},
    {"cuGraphExecDestroy", offsetof(Driver, graph_executable_destroy)},
    {"cuGraphDestroy", offsetof(Driver, graph_destroy)},
    {"cuEventCreate", offsetof(Driver, event_create)},
    {"cuEventRecord", offsetof(Driver, event_record)},
    {"cuEventSynchronize", offsetof(Driver, event_synchronise)},
    {"cuEventElapsedTime", offsetof(Driver, event_elapsed)},
    {"cuEventDestroy_v2", offsetof(Driver, event_destroy)},
};

static_assert(sizeof(Driver) == sizeof(kEntries) / sizeof(Entry) * sizeof(void*), "an entry for each function");

}  // namespace

Driver load_driver(const std::string& library) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    throw DeviceError(Fault::NoDriver, std::string("NVIDIA's driver library does not load: ") + dlerror());
  }
  const auto find = [&](const char* name, void* place) {
    void* function = dlsym(handle, name);
    *static_cast<void**>(place) = function;
    return function != nullptr;
  };
  Driver driver{};
  int version = 0;
  if (!find("cuDriverGetVersion", &driver.version) || driver.version(&version) != kSuccess || version < kOldestVersion) {
    throw DeviceError(Fault::DriverTooOld,
                      "The NVIDIA driver is for CUDA " + std::to_string(version / 1000) + "." +
                          std::to_string(version % 1000 / 10) + "; CUDA 12.0 or newer is needed (driver 525 or newer).");
  }
  for (const Entry& entry : kEntries) {
    if (find(entry.name, reinterpret_cast<char*>(&driver) + entry.offset)) continue;
    throw DeviceError(Fault::DriverTooOld, std::string("The NVIDIA driver has no ") + entry.name + "; install a newer one.");
  }
  return driver;
}

}  // namespace foretoken::cuda

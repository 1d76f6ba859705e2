// The functions of NVIDIA's driver that are used, found in libcuda.so.1 when a GPU is first asked for. They are declared
// here, so that neither compiling nor loading the addon needs anything of CUDA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace foretoken::cuda {

using Result = int;
constexpr Result kSuccess = 0, kOutOfMemory = 2, kNoBinary = 209;
/// The driver's are CU_DEVICE_ATTRIBUTE_...
constexpr int kMultiprocessors = 16, kMajor = 75, kMinor = 76;
/// CU_STREAM_NON_BLOCKING, CU_STREAM_CAPTURE_MODE_RELAXED.
constexpr unsigned kNonBlocking = 1, kRelaxed = 2;

using Context = struct ContextRecord*;
using Module = struct ModuleRecord*;
using Function = struct FunctionRecord*;
using Stream = struct StreamRecord*;
using Event = struct EventRecord*;
using GraphHandle = struct GraphRecord*;
using GraphExecutable = struct GraphExecutableRecord*;

struct Driver {
  Result (*init)(unsigned flags);
  Result (*version)(int* version);
  Result (*error_string)(Result result, const char** text);
  Result (*device_count)(int* count);
  Result (*device_get)(int* device, int ordinal);
  Result (*device_name)(char* name, int length, int device);
  Result (*device_attribute)(int* value, int attribute, int device);
  Result (*device_memory)(size_t* bytes, int device);
  Result (*context_retain)(Context* context, int device);
  Result (*context_release)(int device);
  Result (*context_set)(Context context);
  Result (*memory_allocate)(uint64_t* address, size_t bytes);
  Result (*memory_free)(uint64_t address);
  Result (*memory_info)(size_t* free, size_t* total);
  Result (*host_allocate)(void** memory, size_t bytes, unsigned flags);
  Result (*host_free)(void* memory);
  Result (*upload)(uint64_t to, const void* from, size_t bytes, Stream stream);
  Result (*download)(void* to, uint64_t from, size_t bytes, Stream stream);
  Result (*copy)(uint64_t to, uint64_t from, size_t bytes, Stream stream);
  Result (*fill)(uint64_t address, unsigned char value, size_t count, Stream stream);
  Result (*module_load)(Module* module, const void* image);
  Result (*module_unload)(Module module);
  Result (*module_function)(Function* function, Module module, const char* name);
  Result (*launch)(Function function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                   unsigned block_y, unsigned block_z, unsigned shared, Stream stream, void** parameters, void** extra);
  Result (*stream_create)(Stream* stream, unsigned flags);
  Result (*stream_destroy)(Stream stream);
  Result (*stream_synchronise)(Stream stream);
  Result (*capture_begin)(Stream stream, unsigned mode);
  Result (*capture_end)(Stream stream, GraphHandle* graph);
  Result (*graph_instantiate)(GraphExecutable* executable, GraphHandle graph, unsigned long long flags);
  Result (*graph_launch)(GraphExecutable executable, Stream stream);
  Result (*graph_executable_destroy)(GraphExecutable executable);
  Result (*graph_destroy)(GraphHandle graph);
  Result (*event_create)(Event* event, unsigned flags);
  Result (*event_record)(Event event, Stream stream);
  Result (*event_synchronise)(Event event);
  Result (*event_elapsed)(float* milliseconds, Event start, Event end);
  Result (*event_destroy)(Event event);
};

/// The driver in a library. Throws `DeviceError`: no driver, or one that is too old.
Driver load_driver(const std::string& library);

}  // namespace foretoken::cuda

// A GPU and its kernels as JavaScript calls them.
#pragma once

#include "arguments.h"

namespace foretoken {

/// openGpu(library of the driver).
napi_value open_gpu(Arguments& arguments);

/// checkGpuProgram(headSize, instructions): fails where a GPU has no kernels for them.
napi_value check_gpu_program(Arguments& arguments);

/// describeGpu(gpu): { name, architecture, multiprocessors, memory, free }, the last two in bytes.
napi_value describe_gpu(Arguments& arguments);

/// gpuFault(gpu): the code of the last failure since the last call, '' for none.
napi_value gpu_fault(Arguments& arguments);

/// kernelCompilerVersion(library of NVRTC).
napi_value kernel_compiler_version(Arguments& arguments);

/// compileKernels(library, folder, file, definition, architecture): the module's bytes.
napi_value compile_kernels(Arguments& arguments);

/// loadKernels(gpu, module).
napi_value load_kernels(Arguments& arguments);

}  // namespace foretoken

// NVIDIA's run-time compiler, NVRTC, found when kernels are to be compiled.
#pragma once

#include <string>
#include <vector>

namespace foretoken::cuda {

/// What is compiled: a source of a folder, whose other files it may include.
struct KernelSource {
  std::string folder;
  std::string file;
  /// As in `FORETOKEN_FORMAT=q4_k`; empty for none.
  std::string definition;
};

/// The version of a library of NVRTC, as in "12.9". Throws `DeviceError`.
std::string compiler_version(const std::string& library);

/// A module for an architecture (80 for 8.0): its machine code, or where the compiler does not know it yet, the
/// intermediate code of the newest one before it, which the driver then translates. `usage` becomes what each kernel takes of
/// registers and memory, in the compiler's words. Throws `DeviceError`.
std::vector<char> compile_kernels(const std::string& library, const KernelSource& source, int architecture,
                                  std::string* usage = nullptr);

}  // namespace foretoken::cuda

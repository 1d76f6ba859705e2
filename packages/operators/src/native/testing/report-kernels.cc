// Compiles every CUDA kernel and prints what each takes of registers and memory, in the compiler's words. Needs no GPU.
// Usage: report-kernels LIBRARY FOLDER ARCHITECTURE
#include <cstdio>
#include <cstdlib>

#include "../cuda/compiler.h"
#include "../cuda/device-error.h"

int main(int count, char** arguments) {
  using namespace foretoken::cuda;
  if (count != 4) return 2;
  const int architecture = std::atoi(arguments[3]);
  const auto report = [&](const char* file, const std::string& definition) {
    std::string usage;
    compile_kernels(arguments[1], {arguments[2], file, definition}, architecture, &usage);
    std::fputs(usage.c_str(), stdout);
  };
  try {
    report("pass.cu", "");
    for (const char* format : {"f16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k", "q5_k", "q6_k"}) {
      report("product.cu", std::string("FORETOKEN_FORMAT=") + format);
    }
  } catch (const DeviceError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

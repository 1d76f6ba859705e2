#include "launch.h"

#include <cstring>

#include "cuda-on-host.h"
#include "fibers.h"

#include "../kernels/pass.cu"
#define FORETOKEN_FORMAT f16
#include "../kernels/product.cu"
#define FORETOKEN_FORMAT q8_0
#include "../kernels/product.cu"
#define FORETOKEN_FORMAT q4_0
#include "../kernels/product.cu"
#define FORETOKEN_FORMAT q4_1
#include "../kernels/product.cu"
#define FORETOKEN_FORMAT q5_0
#include "../kernels/product.cu"
#define FORETOKEN_FORMAT q5_1
#include "../kernels/product.cu"
#define FORETOKEN_FORMAT q4_k
#include "../kernels/product.cu"
#define FORETOKEN_FORMAT q5_k
#include "../kernels/product.cu"
#define FORETOKEN_FORMAT q6_k
#include "../kernels/product.cu"

namespace foretoken::cuda {
namespace {

struct Kernel {
  const char* name;
  void (*run)(const void* arguments);
  size_t size;
};

template <class Arguments, void (*kernel)(Arguments)>
constexpr Kernel entry(const char* name) {
  return {name, [](const void* arguments) { kernel(*static_cast<const Arguments*>(arguments)); }, sizeof(Arguments)};
}

#define FORETOKEN_FORMAT_ENTRIES(format)                                                                     \
  entry<ProductArguments, ::product_##format##_r1n1>("product_" #format "_r1n1"),                            \
      entry<ProductArguments, ::product_##format##_r2n1>("product_" #format "_r2n1"),                        \
      entry<ProductArguments, ::product_##format##_r1n2>("product_" #format "_r1n2"),                        \
      entry<ProductArguments, ::product_##format##_many>("product_" #format "_many"),                        \
      entry<EmbeddingArguments, ::embedding_##format>("embedding_" #format)
#define FORETOKEN_ENTRY(name, Arguments) entry<Arguments, ::name>(#name)

constexpr Kernel kKernels[] = {
    FORETOKEN_FORMAT_ENTRIES(f16),
    FORETOKEN_FORMAT_ENTRIES(q8_0),
    FORETOKEN_FORMAT_ENTRIES(q4_0),
    FORETOKEN_FORMAT_ENTRIES(q4_1),
    FORETOKEN_FORMAT_ENTRIES(q5_0),
    FORETOKEN_FORMAT_ENTRIES(q5_1),
    FORETOKEN_FORMAT_ENTRIES(q4_k),
    FORETOKEN_FORMAT_ENTRIES(q5_k),
    FORETOKEN_FORMAT_ENTRIES(q6_k),
    FORETOKEN_ENTRY(round_rows, RoundArguments),
    FORETOKEN_ENTRY(choose_rows, ChooseArguments),
    FORETOKEN_ENTRY(add_rows, RowsArguments),
    FORETOKEN_ENTRY(gate_rows, RowsArguments),
    FORETOKEN_ENTRY(rotate_and_store, RotateArguments),
    FORETOKEN_ENTRY(attend_half_1, AttendArguments),
    FORETOKEN_ENTRY(attend_half_2, AttendArguments),
    FORETOKEN_ENTRY(attend_half_4, AttendArguments),
    FORETOKEN_ENTRY(attend_half_8, AttendArguments),
    FORETOKEN_ENTRY(attend_float_1, AttendArguments),
    FORETOKEN_ENTRY(attend_float_2, AttendArguments),
    FORETOKEN_ENTRY(attend_float_4, AttendArguments),
    FORETOKEN_ENTRY(attend_float_8, AttendArguments),
    FORETOKEN_ENTRY(join_spans, JoinArguments),
    FORETOKEN_ENTRY(gather_entries, MoveArguments),
    FORETOKEN_ENTRY(scatter_entries, MoveArguments),
    FORETOKEN_ENTRY(join_best, BestArguments),
    FORETOKEN_ENTRY(top_of_chunks, TopArguments),
    FORETOKEN_ENTRY(advance_chain, AdvanceArguments),
};

const Kernel* kernel_named(const char* name) {
  for (const Kernel& kernel : kKernels) {
    if (std::strcmp(kernel.name, name) == 0) return &kernel;
  }
  return nullptr;
}

}  // namespace

size_t arguments_on_host(const char* name) {
  const Kernel* kernel = kernel_named(name);
  return kernel == nullptr ? 0 : kernel->size;
}

bool launch_on_host(const char* name, Grid grid, int block, const void* arguments, size_t size) {
  const Kernel* kernel = kernel_named(name);
  if (kernel == nullptr || kernel->size != size) return false;
  gridDim = {grid.x, grid.y, grid.z};
  blockDim = {static_cast<unsigned>(block), 1, 1};
  for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++) {
    for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++) {
      for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++) run_block(block, kernel->run, arguments);
    }
  }
  return true;
}

}  // namespace foretoken::cuda

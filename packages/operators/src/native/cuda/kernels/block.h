// Sums and maxima of a block, in an order that its size alone decides.
#pragma once

#include "arguments.h"
#include "device.h"

namespace foretoken::cuda {

constexpr uint32_t kWarp = 0xffffffff;

/// `join(a, b)` must not depend on the order of a and b. All threads get the result; whole warps only.
template <class Value, class Join>
__device__ __forceinline__ Value join_warp(Value value, const Join& join) {
  for (int mask = 16; mask > 0; mask /= 2) value = join(value, __shfl_xor_sync(kWarp, value, mask));
  return value;
}

template <class Value, class Join>
__device__ __forceinline__ Value join_block(Value value, const Join& join) {
  __shared__ Value warps[kRowThreads / 32];
  value = join_warp(value, join);
  // What an earlier call left may still be read.
  __syncthreads();
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = value;
  __syncthreads();
  value = warps[0];
  for (int warp = 1; warp < static_cast<int>(blockDim.x) / 32; warp++) value = join(value, warps[warp]);
  return value;
}

__device__ __forceinline__ float sum_of_block(float value) {
  return join_block(value, [](float a, float b) { return a + b; });
}

__device__ __forceinline__ float most_of_block(float value) {
  return join_block(value, [](float a, float b) { return fmaxf(a, b); });
}

}  // namespace foretoken::cuda

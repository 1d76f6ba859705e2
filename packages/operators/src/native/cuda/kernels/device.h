// What kernels need of the GPU beyond plain C++: halves, the tensor cores, loads that skip the first-level cache.
#pragma once

#if defined(__CUDACC__)

namespace foretoken::cuda {

using uint16_t = unsigned short;
using uint32_t = unsigned int;
using uint64_t = unsigned long long;

__device__ __forceinline__ float half_to_float(uint32_t half) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(static_cast<uint16_t>(half)));
  return value;
}

/// To the nearest, to even among two.
__device__ __forceinline__ uint32_t float_to_half(float value) {
  uint16_t half;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(value));
  return half;
}

/// a - b of two halves each.
__device__ __forceinline__ uint32_t subtract_halves(uint32_t a, uint32_t b) {
  uint32_t difference;
  asm("sub.f16x2 %0, %1, %2;" : "=r"(difference) : "r"(a), "r"(b));
  return difference;
}

/// sums += a * b: 16 rows by 8 columns, of 16 products each, in the registers that the instruction spreads them over.
__device__ __forceinline__ void multiply_add(float (&sums)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// Volatile, so that a load which is written ahead of its use stays there.
__device__ __forceinline__ uint4 load_streamed(const uint4* from) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(from));
  return v;
}

}  // namespace foretoken::cuda

#else
#include "../host/cuda-on-host.h"
#endif

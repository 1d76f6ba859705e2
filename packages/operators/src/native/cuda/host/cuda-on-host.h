// What CUDA gives to kernels, for a host compiler: the same texts run there, threads as fibers of one thread
// (fibers.cc). Only what the kernels use.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
/// Blocks run one after the other, so a block's memory is one for all of them.
#define __shared__ static

struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};
struct alignas(8) uint2 {
  uint32_t x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline uint4 make_uint4(uint32_t x, uint32_t y, uint32_t z, uint32_t w) { return {x, y, z, w}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

struct Index3 {
  unsigned x, y, z;
};
/// Of the fiber that runs.
extern Index3 threadIdx, blockIdx, blockDim, gridDim;

/// Waits for all threads of the block.
void __syncthreads();

namespace foretoken::cuda {

using std::size_t;
using std::uint16_t;
using std::uint32_t;
using uint64_t = unsigned long long;

/// Gives `bytes` of each lane of the warp to all: lane i's begin at `i * 32` of what is returned, until the lane's next
/// call. Waits for the whole warp. At most 32 bytes.
const unsigned char* exchange(const void* own, size_t bytes);

inline float half_to_float(uint32_t half) {
  const uint32_t sign = (half & 0x8000) << 16, exponent = half >> 10 & 31, mantissa = half & 0x3ff;
  if (exponent == 0) {
    const float value = std::ldexp(static_cast<float>(mantissa), -24);
    return sign != 0 ? -value : value;
  }
  const uint32_t bits = sign | (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | mantissa << 13;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline uint32_t float_to_half(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) return sign | 0x7fff;
  if (bits >= 0x477ff000) return sign | 0x7c00;
  if (bits < 0x38800000) {
    float magnitude;
    std::memcpy(&magnitude, &bits, sizeof bits);
    return sign | static_cast<uint32_t>(std::nearbyint(std::ldexp(magnitude, 24)));
  }
  bits += 0xfff + (bits >> 13 & 1);
  return sign | ((bits >> 13) - (112 << 10));
}

inline uint32_t subtract_halves(uint32_t a, uint32_t b) {
  const uint32_t low = float_to_half(half_to_float(a & 0xffff) - half_to_float(b & 0xffff));
  return low | float_to_half(half_to_float(a >> 16) - half_to_float(b >> 16)) << 16;
}

inline uint4 load_streamed(const uint4* from) { return *from; }

/// In double precision, so that the sum has one rounding.
inline void multiply_add(float (&sums)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  const uint32_t own[6] = {a[0], a[1], a[2], a[3], b0, b1};
  const unsigned char* all = exchange(own, sizeof own);
  const unsigned lane = threadIdx.x % 32;
  const auto word = [all](unsigned from, unsigned index) {
    uint32_t value;
    std::memcpy(&value, all + from * 32 + index * 4, sizeof value);
    return value;
  };
  for (unsigned c = 0; c < 4; c++) {
    const unsigned g = lane / 4, upper = c / 2, column = lane % 4 * 2 + c % 2;
    double sum = sums[c];
    for (unsigned t = 0; t < 4; t++) {
      for (unsigned half = 0; half < 2; half++) {
        const uint32_t weight = word(4 * g + t, 2 * half + upper), x = word(4 * column + t, 4 + half);
        sum += static_cast<double>(half_to_float(weight & 0xffff)) * half_to_float(x & 0xffff);
        sum += static_cast<double>(half_to_float(weight >> 16)) * half_to_float(x >> 16);
      }
    }
    sums[c] = static_cast<float>(sum);
  }
}

}  // namespace foretoken::cuda

inline uint32_t __byte_perm(uint32_t x, uint32_t y, uint32_t selector) {
  const uint64_t bytes = x | static_cast<uint64_t>(y) << 32;
  uint32_t chosen = 0;
  for (int i = 0; i < 4; i++) chosen |= static_cast<uint32_t>(bytes >> (8 * (selector >> (4 * i) & 7)) & 0xff) << (8 * i);
  return chosen;
}

template <class Value>
Value __shfl_xor_sync(uint32_t, Value own, int mask) {
  const unsigned char* all = foretoken::cuda::exchange(&own, sizeof own);
  Value other;
  std::memcpy(&other, all + (threadIdx.x % 32 ^ static_cast<unsigned>(mask)) * 32, sizeof other);
  return other;
}

inline float __uint_as_float(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline uint32_t __float_as_uint(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

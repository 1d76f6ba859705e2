// The likeliest tokens of rows of logits.
#pragma once

#include "block.h"

namespace foretoken::cuda {

/// Orders logits: the higher first, the lower index first among equals, NaN after every number. Never 0, which stands for
/// none.
__device__ __forceinline__ uint64_t key_of(float value, int index) {
  // 0 in place of -0.
  const uint32_t bits = __float_as_uint(value + 0.0f);
  const uint32_t ordered = value != value ? 0 : bits >> 31 ? ~bits : bits | 0x80000000;
  return static_cast<uint64_t>(ordered) << 32 | (0xffffffffu - static_cast<uint32_t>(index));
}

__device__ __forceinline__ int index_of(uint64_t key) { return static_cast<int>(0xffffffffu - static_cast<uint32_t>(key)); }

/// The value of a key, with 0 for -0.
__device__ __forceinline__ float value_of(uint64_t key) {
  const uint32_t ordered = static_cast<uint32_t>(key >> 32);
  return __uint_as_float(ordered == 0 ? 0x7fffffff : ordered >> 31 ? ordered & 0x7fffffff : ~ordered);
}

__device__ __forceinline__ uint64_t higher(uint64_t a, uint64_t b) { return a > b ? a : b; }

__device__ __forceinline__ uint64_t highest_of_block(uint64_t key) { return join_block(key, higher); }

/// e^(value - most), also of infinities.
__device__ __forceinline__ float share_of(float value, float most) { return value == most ? 1.0f : expf(value - most); }

__device__ __forceinline__ void join_best(const BestArguments& a) {
  const uint64_t* best = a.tile_best + static_cast<size_t>(blockIdx.x) * a.tiles;
  const float* sums = a.tile_sums + static_cast<size_t>(blockIdx.x) * a.tiles;
  uint64_t key = 0;
#pragma unroll 4
  for (int i = threadIdx.x; i < a.tiles; i += blockDim.x) key = higher(key, best[i]);
  key = highest_of_block(key);
  const float most = value_of(key);
  float sum = 0.0f;
#pragma unroll 4
  for (int i = threadIdx.x; i < a.tiles; i += blockDim.x) sum = fmaf(sums[i], share_of(value_of(best[i]), most), sum);
  sum = sum_of_block(sum);
  if (threadIdx.x != 0) return;
  a.best[blockIdx.x] = index_of(key);
  a.most[blockIdx.x] = most;
  a.log_sum[blockIdx.x] = most + logf(sum);
}

__device__ __forceinline__ void top_of_chunks(const TopArguments& a) {
  constexpr int kEach = kChunkValues / 256;
  const size_t row = static_cast<size_t>(blockIdx.y) * a.count;
  const int from = blockIdx.x * kChunkValues + threadIdx.x;
  uint64_t keys[kEach];
#pragma unroll
  for (int i = 0; i < kEach; i++) {
    const int place = from + i * 256;
    const int index = place >= a.count ? -1 : a.indices == nullptr ? place : a.indices[row + place];
    keys[i] = index < 0 ? 0 : key_of(a.values[row + place], index);
  }
  const size_t out = (static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x) * a.k;
  for (int rank = 0; rank < a.k; rank++) {
    uint64_t key = 0;
#pragma unroll
    for (int i = 0; i < kEach; i++) key = keys[i] > key ? keys[i] : key;
    key = highest_of_block(key);
    if (key == 0) {
      if (threadIdx.x == 0) a.top_indices[out + rank] = -1;
      continue;
    }
#pragma unroll
    for (int i = 0; i < kEach; i++) {
      if (keys[i] != key) continue;
      keys[i] = 0;
      a.top_values[out + rank] = a.values[row + from + i * 256];
      a.top_indices[out + rank] = index_of(key);
    }
  }
}

__device__ __forceinline__ void advance_chain(const AdvanceArguments& a) {
  int going = 0;
  for (int row = threadIdx.x; row < a.rows; row += blockDim.x) {
    const PassToken last = a.previous[a.scored[row]];
    PassToken next = {0, -1, 0, row, 0, -1, 0, 1};
    if (last.slot >= 0 && a.guess + 1 < a.limits[row].most) {
      const float confidence = expf(a.most[row] - a.log_sum[row]);
      const float product = (a.guess == 0 ? 1.0f : a.products[row]) * confidence;
      a.products[row] = product;
      if (confidence > 0.0f && product >= a.limits[row].minimum) {
        const int token = a.vocabulary == nullptr ? a.best[row] : a.vocabulary[a.best[row]];
        next = {token, last.slot, last.start + last.node + 1, row, 0, -1, last.position + 1, 1};
        going++;
      }
    }
    a.tokens[row] = next;
  }
  going = join_block(going, [](int x, int y) { return x + y; });
  if (threadIdx.x == 0) *a.going = going;
}

}  // namespace foretoken::cuda

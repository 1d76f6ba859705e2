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

__device__ __forceinline__ uint64_t highest_of_block(uint64_t key) {
  return join_block(key, [](uint64_t a, uint64_t b) { return a > b ? a : b; });
}

__device__ __forceinline__ void best_of_chunks(const BestArguments& a) {
  const float* logits = a.logits + static_cast<size_t>(blockIdx.y) * a.width;
  const int from = blockIdx.x * kChunkValues;
  const int to = from + kChunkValues < a.width ? from + kChunkValues : a.width;
  uint64_t key = 0;
  for (int i = from + threadIdx.x; i < to; i += blockDim.x) {
    const uint64_t other = key_of(logits[i], i);
    key = other > key ? other : key;
  }
  key = highest_of_block(key);
  const float most = logits[index_of(key)];
  float sum = 0.0f;
  for (int i = from + threadIdx.x; i < to; i += blockDim.x) sum += logits[i] == most ? 1.0f : expf(logits[i] - most);
  sum = sum_of_block(sum);
  if (threadIdx.x != 0) return;
  const size_t at = static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x;
  a.chunk_best[at] = index_of(key);
  a.chunk_most[at] = most;
  a.chunk_sum[at] = sum;
}

__device__ __forceinline__ void join_best(const BestArguments& a) {
  const int chunks = (a.width + kChunkValues - 1) / kChunkValues;
  const size_t row = static_cast<size_t>(blockIdx.x) * chunks;
  uint64_t key = 0;
  for (int i = threadIdx.x; i < chunks; i += blockDim.x) {
    const uint64_t other = key_of(a.chunk_most[row + i], a.chunk_best[row + i]);
    key = other > key ? other : key;
  }
  key = highest_of_block(key);
  const float most = a.logits[static_cast<size_t>(blockIdx.x) * a.width + index_of(key)];
  float sum = 0.0f;
  for (int i = threadIdx.x; i < chunks; i += blockDim.x) {
    const float chunk = a.chunk_most[row + i];
    sum = chunk == most ? sum + a.chunk_sum[row + i] : fmaf(a.chunk_sum[row + i], expf(chunk - most), sum);
  }
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
  for (int row = threadIdx.x; row < a.rows; row += blockDim.x) {
    const PassToken last = a.previous[a.scored[row]];
    const int token = a.vocabulary == nullptr ? a.best[row] : a.vocabulary[a.best[row]];
    a.guesses[row] = token;
    a.confidences[row] = expf(a.most[row] - a.log_sum[row]);
    a.tokens[row] = {token, last.slot, last.start + last.node + 1, row, 0, -1, last.position + 1, 1};
  }
}

}  // namespace foretoken::cuda

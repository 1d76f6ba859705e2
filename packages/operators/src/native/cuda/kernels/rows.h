// What is computed row by row between products: norms, rounding, sums, scales, gates, choice of rows.
#pragma once

#include "block.h"
#include "tile-layout.h"

namespace foretoken::cuda {

/// 2^exponent, of an exponent between -126 and 127.
__device__ __forceinline__ float power_of_two(int exponent) {
  return __uint_as_float(static_cast<uint32_t>(exponent + 127) << 23);
}

/// Rounds a row to halves times a power of two, which brings the largest of them between 2^13 and 2^14: the products have no
/// half that overflows, and 27 powers of two below it none that loses bits. `value(i)` gives the row.
template <class Source>
__device__ __forceinline__ void round_row(const Source& value, int columns, uint16_t* halves, float* scale) {
  float most = 0.0f;
#pragma unroll 4
  for (int i = threadIdx.x; i < columns; i += blockDim.x) most = fmaxf(most, fabsf(value(i)));
  most = most_of_block(most);
  const int exponent = static_cast<int>(__float_as_uint(most) >> 23);
  // Zeros and what is no number stay as they are.
  const bool ordinary = exponent > 0 && exponent < 255;
  const int shift = !ordinary ? 0 : exponent < 14 ? -126 : exponent - 127 - 13;
  const float factor = power_of_two(-shift);
  const int padded = tiles_across(columns) * kTileColumns;
#pragma unroll 4
  for (int i = threadIdx.x; i < padded; i += blockDim.x) {
    halves[packed_place(i)] = static_cast<uint16_t>(i < columns ? float_to_half(value(i) * factor) : 0);
  }
  if (threadIdx.x == 0) *scale = power_of_two(shift);
}

__device__ __forceinline__ void round_rows(const RoundArguments& a) {
  const int row = blockIdx.x;
  const float* input = a.input + static_cast<size_t>(row) * a.columns;
  uint16_t* halves = a.halves + static_cast<size_t>(row) * tiles_across(a.columns) * kTileColumns;
  if (a.norm == nullptr) {
    round_row([&](int i) { return input[i]; }, a.columns, halves, a.scales + row);
    return;
  }
  float squares = 0.0f;
#pragma unroll 4
  for (int i = threadIdx.x; i < a.columns; i += blockDim.x) squares = fmaf(input[i], input[i], squares);
  squares = sum_of_block(squares);
  const float factor = 1.0f / sqrtf(squares / static_cast<float>(a.columns) + a.epsilon);
  const auto normalised = [&](int i) { return input[i] * factor * a.norm[i]; };
  if (a.output == nullptr) {
    round_row(normalised, a.columns, halves, a.scales + row);
    return;
  }
  float* output = a.output + static_cast<size_t>(row) * a.columns;
  for (int i = threadIdx.x; i < a.columns; i += blockDim.x) output[i] = normalised(i);
}

/// Silu is gate times the sigmoid of it; GELU's approximation by tanh that of 2 sqrt(2 / pi) (gate + 0.044715 gate^3).
__device__ __forceinline__ float gated(int activation, float gate, float up) {
  const float minus = activation == kGelu ? gate * (gate * gate * -0.0713548163f - 1.5957691216f) : -gate;
  return gate / (1.0f + expf(minus)) * up;
}

__device__ __forceinline__ void choose_rows(const ChooseArguments& a) {
  const float* from = a.input + static_cast<size_t>(a.chosen[blockIdx.x]) * a.width;
  float* to = a.output + static_cast<size_t>(blockIdx.x) * a.width;
  for (int i = threadIdx.x; i < a.width; i += blockDim.x) to[i] = from[i];
}

__device__ __forceinline__ void add_rows(const RowsArguments& a) {
  const size_t row = static_cast<size_t>(blockIdx.x) * a.width;
  for (int i = threadIdx.x; i < a.width; i += blockDim.x) {
    const float value = a.factor * a.input[row + i];
    a.output[row + i] = a.second == nullptr ? value : value + a.second[row + i];
  }
}

__device__ __forceinline__ void gate_rows(const RowsArguments& a) {
  const size_t row = static_cast<size_t>(blockIdx.x) * a.width;
  for (int i = threadIdx.x; i < a.width; i += blockDim.x) {
    a.output[row + i] = gated(a.gated, a.input[2 * row + i], a.input[2 * row + a.width + i]);
  }
}

}  // namespace foretoken::cuda

// Products of stored weights and activations, and weights unpacked to memory. Part of kernels.cc, compiled with it for
// each target.
#pragma once

#include <climits>

#include "unpack.h"

namespace foretoken::FORETOKEN_TARGET {
namespace {

/// Weight rows in flight: enough independent sums to hide the latency of multiply-add, few enough for the registers.
constexpr int rows_in_flight(int tile) {
  if (kLanes == 16) return tile <= 4 ? 4 : 2;
  if (kLanes == 8) return tile == 1 ? 4 : tile <= 4 ? 2 : 1;
  return 1;
}

/// How many weight rows before its use a weight is fetched. Narrow strips leave out a part of each row, which the
/// processor's own fetching ahead does not follow.
constexpr int rows_ahead(int rows) { return rows == 1 ? 4 : rows; }

/// Activations that the first-level cache keeps while weight rows pass by. Wider vectors use each of them for two rows, and
/// the portable code is slower than the second level.
constexpr int kStripBytes = kLanes == 8 ? 24 << 10 : INT_MAX;

constexpr int bytes_of_step(Format format) {
  return layout_of(format).bytes * kStep / layout_of(format).values;
}

template <int rows, int tile>
FORETOKEN_INLINE void multiply_add(const Floats (*weight)[kVectors], const float* packed, Floats* sums) {
  if constexpr (kLanes == 8) {
    // Neighbours in this order are of different sums, so that none waits for the one before.
    for (int v = 0; v < kVectors; v++) {
      for (int m = 0; m < tile; m++) {
        Floats x = load(packed + m * kStep + v * kLanes);
        if (rows > 1) FORETOKEN_KEEP(x);
        for (int r = 0; r < rows; r++) sums[m * rows + r] += weight[r][v] * x;
      }
    }
    return;
  }
  for (int m = 0; m < tile; m++) {
    for (int v = 0; v < kVectors; v++) {
      Floats x = load(packed + m * kStep + v * kLanes);
      if (rows > 1) FORETOKEN_KEEP(x);
      for (int r = 0; r < rows; r++) sums[m * rows + r] += weight[r][v] * x;
    }
  }
}

/// Whole steps from `begin` to before `end`, and in the last strip the rest; the first sets results, further ones add.
struct Strip {
  int begin, end;
  bool last;
};

template <Format format, int rows, int tile>
FORETOKEN_INLINE void product_rows(const uint8_t* weight, size_t row_bytes, int columns, Strip strip,
                                   const float* packed, float* y, size_t stride) {
  Floats sums[tile * rows] = {};
  Floats values[rows][kVectors];
  Steps<format> steps[rows];
  const int whole = columns / kStep;
  for (int step = strip.begin; step < strip.end; step++) {
// Left to itself, GCC keeps this loop for the longer formats, and with it every unpacked weight in memory.
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      const uint8_t* row = weight + r * row_bytes;
      __builtin_prefetch(row + rows_ahead(rows) * row_bytes + static_cast<size_t>(step) * bytes_of_step(format));
      steps[r].next(row, step, step == strip.begin, values[r]);
    }
    multiply_add<rows, tile>(values, packed + static_cast<size_t>(step) * tile * kStep, sums);
  }
  if constexpr (layout_of(format).values == 1) {
    const int rest = strip.last ? columns % kStep : 0;
    if (rest > 0) {
      constexpr int size = layout_of(format).bytes;
      for (int r = 0; r < rows; r++) {
        uint8_t padded[kStep * size] = {};
        __builtin_memcpy(padded, weight + r * row_bytes + static_cast<size_t>(whole) * kStep * size, rest * size);
        Unpack<format>::step(padded, 0, values[r]);
      }
      multiply_add<rows, tile>(values, packed + static_cast<size_t>(whole) * tile * kStep, sums);
    }
  }
  constexpr int count = tile * rows;
  float results[count];
  for (int i = 0; i + 4 <= count; i += 4) sum_four(sums[i], sums[i + 1], sums[i + 2], sums[i + 3], results + i);
  for (int i = count / 4 * 4; i < count; i++) results[i] = sum(sums[i]);
  for (int i = 0; i < count; i++) {
    float& value = y[i / rows * stride + i % rows];
    value = strip.begin == 0 ? results[i] : value + results[i];
  }
}

template <Format format, int tile>
void product_tile(const uint8_t* weight, size_t row_bytes, int rows, int columns, const float* packed, float* y,
                  size_t stride) {
  constexpr int together = rows_in_flight(tile);
  // The same strips whatever the tile, so that a row's sums have the same bits in any.
  constexpr int most = kStripBytes / static_cast<int>(kLargestTile * kStep * sizeof(float));
  const int steps = steps_of(columns), whole = columns / kStep;
  const int strips = (steps + most - 1) / most;
  for (int index = 0; index < strips; index++) {
    const int end = steps * (index + 1) / strips;
    const Strip strip{steps * index / strips, end < whole ? end : whole, index == strips - 1};
    int row = 0;
    for (; row + together <= rows; row += together) {
      product_rows<format, together, tile>(weight + row * row_bytes, row_bytes, columns, strip, packed, y + row, stride);
    }
    for (; row < rows; row++) {
      product_rows<format, 1, tile>(weight + row * row_bytes, row_bytes, columns, strip, packed, y + row, stride);
    }
  }
}

template <Format format>
void product_format(const uint8_t* weight, size_t row_bytes, int rows, int columns, const float* packed, int tile,
                    float* y, size_t stride) {
  switch (tile) {
    case 1: return product_tile<format, 1>(weight, row_bytes, rows, columns, packed, y, stride);
    case 2: return product_tile<format, 2>(weight, row_bytes, rows, columns, packed, y, stride);
    case 3: return product_tile<format, 3>(weight, row_bytes, rows, columns, packed, y, stride);
    case 4: return product_tile<format, 4>(weight, row_bytes, rows, columns, packed, y, stride);
    case 6: return product_tile<format, 6>(weight, row_bytes, rows, columns, packed, y, stride);
    default: return product_tile<format, 8>(weight, row_bytes, rows, columns, packed, y, stride);
  }
}

template <Format format>
void unpack_format(const uint8_t* row, int columns, float* out) {
  Floats values[kVectors];
  Steps<format> steps;
  const int whole = columns / kStep;
  for (int step = 0; step < whole; step++) {
    steps.next(row, step, step == 0, values);
    for (int v = 0; v < kVectors; v++) store(out + step * kStep + v * kLanes, values[v]);
  }
  if constexpr (layout_of(format).values == 1) {
    const int rest = columns % kStep;
    if (rest == 0) return;
    constexpr int size = layout_of(format).bytes;
    uint8_t padded[kStep * size] = {};
    __builtin_memcpy(padded, row + static_cast<size_t>(whole) * kStep * size, rest * size);
    Unpack<format>::step(padded, 0, values);
    for (int v = 0; v < kVectors; v++) store(out + whole * kStep + v * kLanes, values[v]);
  }
}

void product(Format format, const uint8_t* weight, size_t row_bytes, int rows, int columns, const float* packed,
             int tile, float* y, size_t stride) {
#define FORETOKEN_PRODUCT(name, values, bytes) \
  case Format::name: return product_format<Format::name>(weight, row_bytes, rows, columns, packed, tile, y, stride);
  switch (format) { FORETOKEN_FORMATS(FORETOKEN_PRODUCT) }
}

void unpack(Format format, const uint8_t* row, int columns, float* out) {
#define FORETOKEN_UNPACK(name, values, bytes) \
  case Format::name: return unpack_format<Format::name>(row, columns, out);
  switch (format) { FORETOKEN_FORMATS(FORETOKEN_UNPACK) }
}

}  // namespace
}  // namespace foretoken::FORETOKEN_TARGET

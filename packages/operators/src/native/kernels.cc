// Compiled once for each target: -DFORETOKEN_TARGET=avx2 -mavx2 ..., see compile-operators.ts.
#include "kernels.h"

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

/// Steps from `begin` to before `end`; the first strip sets results, further ones add to them.
struct Strip {
  int begin, end;
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
    const int rest = strip.end == whole ? columns % kStep : 0;
    if (rest > 0) {
      constexpr int size = layout_of(format).bytes;
      for (int r = 0; r < rows; r++) {
        uint8_t padded[kStep * size] = {};
        __builtin_memcpy(padded, weight + r * row_bytes + static_cast<size_t>(whole) * kStep * size, rest * size);
        steps[r].next(padded, 0, true, values[r]);
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
  constexpr int most = kStripBytes / static_cast<int>(tile * kStep * sizeof(float));
  const int steps = columns / kStep;
  const int strips = steps <= most ? 1 : (steps + most - 1) / most;
  for (int index = 0; index < strips; index++) {
    const Strip strip{steps * index / strips, steps * (index + 1) / strips};
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
    steps.next(padded, 0, true, values);
    for (int v = 0; v < kVectors; v++) store(out + whole * kStep + v * kLanes, values[v]);
  }
}

#define FORETOKEN_EACH_FORMAT(call)                    \
  switch (format) {                                    \
    case Format::F32: return call(Format::F32);        \
    case Format::F16: return call(Format::F16);        \
    case Format::BF16: return call(Format::BF16);      \
    case Format::Q8_0: return call(Format::Q8_0);      \
    case Format::Q4_0: return call(Format::Q4_0);      \
    case Format::Q4_1: return call(Format::Q4_1);      \
    case Format::Q5_0: return call(Format::Q5_0);      \
    case Format::Q5_1: return call(Format::Q5_1);      \
    case Format::Q4_K: return call(Format::Q4_K);      \
    case Format::Q5_K: return call(Format::Q5_K);      \
    case Format::Q6_K: return call(Format::Q6_K);      \
  }

void product(Format format, const uint8_t* weight, size_t row_bytes, int rows, int columns, const float* packed,
             int tile, float* y, size_t stride) {
#define FORETOKEN_PRODUCT(f) product_format<f>(weight, row_bytes, rows, columns, packed, tile, y, stride)
  FORETOKEN_EACH_FORMAT(FORETOKEN_PRODUCT)
}

void unpack(Format format, const uint8_t* row, int columns, float* out) {
#define FORETOKEN_UNPACK(f) unpack_format<f>(row, columns, out)
  FORETOKEN_EACH_FORMAT(FORETOKEN_UNPACK)
}

float sum_of_squares(const float* x, int count) {
  Floats sums[2] = {};
  int i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const Floats a = load(x + i), b = load(x + i + kLanes);
    sums[0] += a * a;
    sums[1] += b * b;
  }
  float total = sum(sums[0] + sums[1]);
  for (; i < count; i++) total += x[i] * x[i];
  return total;
}

void scale(const float* x, float factor, const float* weight, int count, float* out) {
  if (weight == nullptr) {
    for (int i = 0; i < count; i++) out[i] = x[i] * factor;
  } else {
    for (int i = 0; i < count; i++) out[i] = x[i] * factor * weight[i];
  }
}

FORETOKEN_INLINE Floats silu_times(Floats gate, Floats up) { return gate / (exponential(-gate) + 1.0f) * up; }

void gate(float* gate, const float* up, int count) {
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) store(gate + i, silu_times(load(gate + i), load(up + i)));
  if (i == count) return;
  float rest[2][kLanes] = {};
  __builtin_memcpy(rest[0], gate + i, (count - i) * 4);
  __builtin_memcpy(rest[1], up + i, (count - i) * 4);
  store(rest[0], silu_times(load(rest[0]), load(rest[1])));
  __builtin_memcpy(gate + i, rest[0], (count - i) * 4);
}

void add(float* out, const float* x, int count) {
  for (int i = 0; i < count; i++) out[i] += x[i];
}

void widen(const uint16_t* x, size_t count, float* out) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(out + i, load_halves(reinterpret_cast<const uint8_t*>(x + i)));
  for (; i < count; i++) out[i] = half_to_float(x[i]);
}

void narrow(const float* x, int count, uint16_t* out) {
  for (int i = 0; i < count; i++) out[i] = float_to_half(x[i]);
}

constexpr int kKeyVectors = kKeyBlock / kLanes;

template <int queries>
FORETOKEN_INLINE void scores_of(const float* query, int size, const float* keys, float* out, size_t stride) {
  Floats sums[queries][kKeyVectors] = {};
  for (int d = 0; d < size; d++) {
    for (int v = 0; v < kKeyVectors; v++) {
      const Floats key = load(keys + d * kKeyBlock + v * kLanes);
      for (int q = 0; q < queries; q++) sums[q][v] += query[q * size + d] * key;
    }
  }
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < kKeyVectors; v++) store(out + q * stride + v * kLanes, sums[q][v]);
  }
}

void scores(const float* query, int queries, int size, const float* keys, float* out, size_t stride) {
  int q = 0;
  for (; q + 8 <= queries; q += 8) scores_of<8>(query + q * size, size, keys, out + q * stride, stride);
  for (; q + 3 <= queries; q += 3) scores_of<3>(query + q * size, size, keys, out + q * stride, stride);
  for (; q < queries; q++) scores_of<1>(query + q * size, size, keys, out + q * stride, stride);
}

float exponentials(float* x, int count, float maximum) {
  Floats sums = {};
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Floats value = exponential(load(x + i) - maximum);
    store(x + i, value);
    sums += value;
  }
  float total = sum(sums);
  if (i < count) {
    float rest[kLanes];
    for (int lane = 0; lane < kLanes; lane++) rest[lane] = i + lane < count ? x[i + lane] - maximum : -100.0f;
    const Floats value = exponential(load(rest));
    store(rest, value);
    __builtin_memcpy(x + i, rest, (count - i) * 4);
    total += sum(value);
  }
  return total;
}

template <int queries>
FORETOKEN_INLINE void weighted_of(const float* weights, size_t stride, int positions, const float* values, int size,
                                  float* sums) {
  for (int d = 0; d < size; d += kLanes) {
    Floats totals[queries];
    for (int q = 0; q < queries; q++) totals[q] = load(sums + q * size + d);
    for (int p = 0; p < positions; p++) {
      const Floats value = load(values + static_cast<size_t>(p) * size + d);
      for (int q = 0; q < queries; q++) totals[q] += weights[q * stride + p] * value;
    }
    for (int q = 0; q < queries; q++) store(sums + q * size + d, totals[q]);
  }
}

void weighted(const float* weights, size_t stride, int queries, int positions, const float* values, int size,
              float* sums) {
  int q = 0;
  for (; q + 8 <= queries; q += 8) weighted_of<8>(weights + q * stride, stride, positions, values, size, sums + q * size);
  for (; q + 3 <= queries; q += 3) weighted_of<3>(weights + q * stride, stride, positions, values, size, sums + q * size);
  for (; q < queries; q++) weighted_of<1>(weights + q * stride, stride, positions, values, size, sums + q * size);
}

int best(const float* x, int count) {
  Floats high = splat(x[0]);
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) high = maximum(load(x + i), high);
  float most = x[0];
  for (int lane = 0; lane < kLanes; lane++) most = high[lane] > most ? high[lane] : most;
  for (; i < count; i++) most = x[i] > most ? x[i] : most;
  for (int index = 0; index < count; index++) {
    if (x[index] == most) return index;
  }
  return 0;
}

/// Vectors that are compared before one branch: a branch for each would take longer than the comparison.
constexpr int kCompared = 8;

int first_above(const float* x, int count, float bound) {
  const Floats bounds = splat(bound);
  int i = 0;
  for (; i + kCompared * kLanes <= count; i += kCompared * kLanes) {
    Ints above = {};
    for (int v = 0; v < kCompared; v++) above |= load(x + i + v * kLanes) > bounds;
    if (any(above)) break;
  }
  while (i + kLanes <= count && !any(load(x + i) > bounds)) i += kLanes;
  while (i < count && !(x[i] > bound)) i++;
  return i;
}

}  // namespace

#define FORETOKEN_TEXT(name) FORETOKEN_TEXT_OF(name)
#define FORETOKEN_TEXT_OF(name) #name

extern const Kernels table;
const Kernels table = {FORETOKEN_TEXT(FORETOKEN_TARGET),
                       product,
                       unpack,
                       sum_of_squares,
                       scale,
                       gate,
                       add,
                       widen,
                       narrow,
                       scores,
                       exponentials,
                       weighted,
                       best,
                       first_above};

}  // namespace foretoken::FORETOKEN_TARGET

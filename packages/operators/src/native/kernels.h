// The inner loops, compiled once for each instruction set and chosen when the library is loaded.
#pragma once

#include <cstddef>
#include <cstdint>

#include "formats.h"

namespace foretoken {

/// Rows of activations that one pass over a weight row serves.
constexpr int kLargestTile = 8;

/// The tile sizes that are compiled; a count in between takes the next larger one, with rows of zeros.
constexpr int tile_for(int rows) { return rows <= 4 ? rows : rows <= 6 ? 6 : 8; }

/// Positions of the KV cache whose keys lie side by side, one dimension after the other.
constexpr int kKeyBlock = 16;

/// What a gate goes through before it is multiplied; Gelu is the approximation by tanh.
enum class Activation : int32_t { Silu, Gelu };

struct Kernels {
  /// y[m * stride + r] = sum over columns of weight[r] * x[m], for `tile` rows of x and `rows` rows of the weight.
  /// `packed` holds x as [step][m][kStep], zeros behind the last column.
  void (*product)(Format format, const uint8_t* weight, size_t row_bytes, int rows, int columns, const float* packed,
                  int tile, float* y, size_t stride);

  /// A weight row as floats, `steps_of(columns) * kStep` of them, zeros behind the last column.
  void (*unpack)(Format format, const uint8_t* row, int columns, float* out);

  float (*sum_of_squares)(const float* x, int count);

  /// out = x * scale * weight; a null weight counts as ones.
  void (*scale)(const float* x, float scale, const float* weight, int count, float* out);

  /// gate = activation(gate) * up.
  void (*gate)(Activation activation, float* gate, const float* up, int count);

  /// out += x.
  void (*add)(float* out, const float* x, int count);

  /// Half to single precision.
  void (*widen)(const uint16_t* x, size_t count, float* out);

  /// Single to half precision, to the nearest, to even among two.
  void (*narrow)(const float* x, int count, uint16_t* out);

  /// Scores of `queries` rows of `size` values against a block of keys [size][kKeyBlock]; out[q * stride + position].
  void (*scores)(const float* query, int queries, int size, const float* keys, float* out, size_t stride);

  /// The largest value; `count` is a multiple of kKeyBlock.
  float (*highest)(const float* x, int count);

  /// x = e^(x - maximum), the sum returned; `count` is a multiple of kKeyBlock. Minus infinity gives 0.
  float (*exponentials)(float* x, int count, float maximum);

  /// sums[q * size + d] += sum over positions of weights[q * stride + position] * values[position * size + d];
  /// `size` is a multiple of kKeyBlock.
  void (*weighted)(const float* weights, size_t stride, int queries, int positions, const float* values, int size,
                   float* sums);

  /// sums = sums * fade + more * weight; `count` is a multiple of kKeyBlock.
  void (*join)(float* sums, float fade, const float* more, float weight, int count);

  /// The index of the first of the largest values.
  int (*best)(const float* x, int count);

  /// The index of the first value above `bound`, `count` where none is. NaN is above nothing.
  int (*first_above)(const float* x, int count, float bound);
};

/// What both kinds of kernels are compiled for: the fastest this processor runs, or what FORETOKEN_INSTRUCTIONS names
/// where it runs that.
const char* instruction_set();

const Kernels& kernels();
}  // namespace foretoken

// Products of quantised weights and activations rounded to int8: the inner loops, compiled once for each instruction
// set and chosen when the library is loaded. Whatever is chosen gives the same bits, for any number of activation rows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "formats.h"

namespace foretoken {

/// Weight rows that lie side by side in a panel, at most; each set of kernels has its own number.
constexpr int kWidestPanel = 16;

/// Rounded activations of a step (`kStep` columns) of `rows` rows: first all integers, [rows][kStep] int8, then five
/// numbers for each row, [5][rows]:
///   float scale            what an integer is to be multiplied by
///   float scaled sum       scale * sum of the integers
///   int32 minus sum        of all integers, of the first half, and of the second half
constexpr size_t step_bytes(int rows) { return static_cast<size_t>(rows) * (kStep + 5 * 4); }

/// Stored weights to fetch from memory while others are multiplied: `bytes` of each of `rows` rows.
struct Ahead {
  const uint8_t* weight = nullptr;
  size_t row_bytes = 0;
  size_t bytes = 0;
  int rows = 0;
  /// Bytes from the beginning of the panel that is multiplied which are on their way to the second-level cache and are
  /// read next: more than the panel has where what lies behind it follows.
  size_t near = 0;
};

struct IntegerKernels {
  /// Weight rows of a panel.
  int panel;

  /// Rounds `count` values, whole steps, to row `row` of steps of `rows` rows. What rounding took away goes to `rest`,
  /// unless that is null; it may be x itself.
  void (*round)(const float* x, int count, int rows, int row, uint8_t* steps, float* rest);

  /// Lays `blocks` blocks of `panel` weight rows side by side, word by word; rows from `rows` on repeat the last one.
  void (*regroup)(Format format, const uint8_t* weight, size_t row_bytes, int rows, int blocks, uint8_t* panel);

  /// y[m * stride + r] = sum over columns of weight[r] * x[m], for all `panel` weight rows r and `rows` (1 to
  /// `kLargestTile`) activation rows m; added to what is there unless `first`. `steps` holds the activations of the
  /// panel's columns. Fetches what is `ahead` on the way, evenly, so that memory never rests.
  void (*product)(Format format, const uint8_t* panel, int blocks, const uint8_t* steps, int rows, bool first, float* y,
                  size_t stride, const Ahead& ahead);
};

/// Whether the kernels multiply this format; the others have no integers.
constexpr bool has_integers(Format format) { return format >= Format::Q8_0; }

/// Those of `instruction_set()`.
const IntegerKernels& integer_kernels();
}  // namespace foretoken

// Products in integers: activations rounded once for each use of a matrix's input, weights regrouped panel by panel.
#pragma once

#include "integer-kernels.h"
#include "kernels.h"
#include "thread-pool.h"
#include "weights.h"

namespace foretoken {

/// Activations as the integer kernels read them: tiles of up to `kLargestTile` rows, each a list of steps.
struct RoundedRows {
  const uint8_t* data;
  int rows;
  int steps;

  int tiles() const { return (rows + kLargestTile - 1) / kLargestTile; }
  int rows_of(int tile) const { return rows - tile * kLargestTile < kLargestTile ? rows - tile * kLargestTile : kLargestTile; }
  const uint8_t* steps_of(int tile, int first) const {
    return data + step_bytes(kLargestTile) * tile * steps + step_bytes(rows_of(tile)) * first;
  }
};

/// Whether every part of the matrix has integers.
bool has_integers(const Matrix& matrix);

/// Normalises (unless `norm` is null) and rounds [n, columns]. Each row becomes `planes` rounded rows, 1 or 2, whose sum it
/// is: the second one holds what the first took away. Valid until the calling thread rounds again.
RoundedRows round_rows(ThreadPool& pool, const float* input, int n, int columns, const Vector* norm, int planes);

/// Weights that a thread is likely to multiply next; without a part nothing is known.
struct Upcoming {
  const MatrixPart* part = nullptr;
  int row = 0;
};

/// Products with `rows` stored rows of one part from `first` on: out[m * stride + r]. Its stored panels are
/// read where `first` is a whole number of them.
void integer_product(const MatrixPart& part, int columns, int first, int rows, const RoundedRows& rounded, float* out,
                     int stride, const Upcoming& after);

}  // namespace foretoken

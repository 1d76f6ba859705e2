// y = x · Wᵀ with W in its stored format, and what comes before and after it.
#pragma once

#include "kernels.h"
#include "thread-pool.h"
#include "weights.h"

namespace foretoken {

struct LinearOptions {
  const Matrix* weight = nullptr;
  /// RMS norm of x before the product, [columns]; null for none.
  const Vector* norm = nullptr;
  /// Added to every row, [rows]; null for none. Not with `gated`.
  const float* bias = nullptr;
  /// The weight stacks gate and up; the result is activation(gate) * up.
  bool gated = false;
  Activation activation = Activation::Silu;
  /// Integer products round activations to 16 bits, as two of 8, in place of 8. No effect on exact ones.
  bool fine = false;
  /// Added to the result, of its shape; may be the output itself; null for none.
  const float* residual = nullptr;
};

/// Values of a result row.
inline int linear_width(const LinearOptions& options) {
  return options.gated ? options.weight->rows / 2 : options.weight->rows;
}

/// input [n, columns] -> output [n, linear_width].
void linear(ThreadPool& pool, const float* input, int n, const LinearOptions& options, float* output);

/// Rows of the matrix as floats: output [n, columns]. Every row must be in [0, rows).
void embedding(ThreadPool& pool, const Matrix& table, const int32_t* rows, int n, float* output);

}  // namespace foretoken

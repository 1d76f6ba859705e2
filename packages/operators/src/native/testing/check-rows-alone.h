// A row of a product has the same bits whatever is computed with it.
#pragma once

#include <vector>

#include "../linear.h"
#include "check.h"

namespace foretoken {

/// Whether each row of y, the product of `n` rows of x without residual, is what it is alone and on one thread.
inline void check_rows_alone(const LinearOptions& options, const std::vector<float>& x, int n,
                             const std::vector<float>& y) {
  const int columns = options.weight->columns, width = linear_width(options);
  ThreadPool single(1);
  std::vector<float> alone(width);
  for (int m = 0; m < n; m++) {
    linear(single, x.data() + static_cast<size_t>(m) * columns, 1, options, alone.data());
    check_bits("linear: a row alone", y.data() + static_cast<size_t>(m) * width, alone.data(), width);
  }
}

}  // namespace foretoken

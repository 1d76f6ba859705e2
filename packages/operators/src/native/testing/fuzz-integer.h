// Products in integers against a plain twin that rounds activations as the kernels promise to.
#pragma once

#include <algorithm>
#include <cmath>

#include "../linear.h"
#include "../stored-panels.h"
#include "check.h"
#include "check-rows-alone.h"
#include "random-weights.h"

namespace foretoken {

inline std::shared_ptr<Matrix> random_integer_matrix(Random& random) {
  const auto format = static_cast<Format>(between(random, static_cast<int>(Format::Q8_0), kFormats - 1));
  const int unit = unit_of(format);
  const int most = between(random, 0, 3) == 0 ? 4096 : 512;
  auto matrix = random_matrix(random, between(random, 1, 70), unit * between(random, 1, most / unit), format);
  matrix->arithmetic = Arithmetic::integer;
  return matrix;
}

/// Regroups every part ahead.
inline void store_panels(Matrix& matrix) {
  for (size_t index = 0; index < matrix.parts.size(); index++) {
    const MatrixPart& part = matrix.parts[index];
    std::vector<uint8_t> bytes(PanelLayout(part.format, matrix.columns).bytes(part.rows));
    auto mapping = Mapping::of_bytes(bytes.data(), bytes.size());
    // Regrouping takes a cache line's alignment, which a vector has not.
    regroup_part(part, matrix.columns, const_cast<uint8_t*>(mapping->data()));
    std::string error;
    if (!use_panels(matrix, index, std::move(mapping), 0, &error)) stop(error);
  }
}

/// A row as the kernels round it: 127 steps to each side for every 32 values, and as many again for the rest if `fine`.
inline std::vector<float> rounded(const float* x, int columns, bool fine) {
  std::vector<float> values(columns);
  for (int at = 0; at < columns; at += kStep) {
    float most = 0;
    for (int i = 0; i < kStep; i++) most = std::max(most, std::fabs(x[at + i]));
    const float inverse = most == 0 ? 0 : 127.0f / most;
    for (int i = 0; i < kStep; i++) values[at + i] = most / 127.0f * std::nearbyint(x[at + i] * inverse);
  }
  if (!fine) return values;
  std::vector<float> rest(columns);
  for (int i = 0; i < columns; i++) rest[i] = x[i] - values[i];
  const std::vector<float> further = rounded(rest.data(), columns, false);
  for (int i = 0; i < columns; i++) values[i] += further[i];
  return values;
}

/// Some rows of zeros and steps of zeros among them.
inline std::vector<float> activations(Random& random, int n, int columns) {
  std::vector<float> x = floats(random, static_cast<size_t>(n) * columns);
  for (size_t at = 0; at < x.size(); at += kStep) {
    if (between(random, 0, 9) == 0) std::fill_n(x.begin() + static_cast<std::ptrdiff_t>(at), kStep, 0.0f);
  }
  return x;
}

inline void fuzz_integer_linear(Random& random, ThreadPool& pool) {
  const auto matrix = random_integer_matrix(random);
  const int n = between(random, 1, 40), rows = matrix->rows, columns = matrix->columns;
  const std::vector<float> weight = values_of(*matrix), x = activations(random, n, columns);
  std::vector<float> y(static_cast<size_t>(n) * rows);
  LinearOptions options;
  options.weight = matrix.get();
  options.fine = between(random, 0, 1) == 0;
  linear(pool, x.data(), n, options, y.data());
  store_panels(*matrix);
  std::vector<float> again(y.size());
  linear(pool, x.data(), n, options, again.data());
  check_bits("stored panels", again.data(), y.data(), y.size());
  for (int m = 0; m < n; m++) {
    const std::vector<float> twin = rounded(x.data() + static_cast<size_t>(m) * columns, columns, options.fine);
    for (int r = 0; r < rows; r++) {
      const float* own = weight.data() + static_cast<size_t>(r) * columns;
      const Exact exact = exact_product(own, columns, [&](int c) { return twin[c]; });
      check("integer linear", y[m * rows + r], exact.sum, 2e-6 * exact.size);
    }
  }
  check_rows_alone(options, x, n, y);
}

/// What is infinite or no number makes its row no number, and leaves the others as they are.
inline void fuzz_integer_infinities(Random& random, ThreadPool& pool) {
  const auto matrix = random_integer_matrix(random);
  const int n = between(random, 2, 9), columns = matrix->columns, broken = between(random, 0, n - 1);
  std::vector<float> x = floats(random, static_cast<size_t>(n) * columns);
  x[static_cast<size_t>(broken) * columns + between(random, 0, columns - 1)] =
      between(random, 0, 1) == 0 ? INFINITY : NAN;
  std::vector<float> y(static_cast<size_t>(n) * matrix->rows);
  LinearOptions options;
  options.weight = matrix.get();
  linear(pool, x.data(), n, options, y.data());
  for (size_t i = 0; i < y.size(); i++) {
    if (std::isnan(y[i]) == (static_cast<int>(i) / matrix->rows == broken)) continue;
    stop("integer linear: row " + std::to_string(broken) + " of " + std::to_string(n) + " holds infinity or NaN, and " +
         std::to_string(i) + " gives " + std::to_string(y[i]));
  }
}

/// Of products of every format, bit by bit: the same on every processor.
inline uint64_t integer_checksum() {
  Random random(2);
  ThreadPool pool(1);
  uint64_t sum = 14695981039346656037u;
  for (int format = static_cast<int>(Format::Q8_0); format < kFormats; format++) {
    const auto matrix = random_matrix(random, 50, 512, static_cast<Format>(format));
    matrix->arithmetic = Arithmetic::integer;
    const std::vector<float> x = floats(random, 7 * 512);
    std::vector<float> y(7 * 50);
    LinearOptions options;
    options.weight = matrix.get();
    linear(pool, x.data(), 7, options, y.data());
    for (const float value : y) {
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      sum = (sum ^ bits) * 1099511628211u;
    }
  }
  return sum;
}

}  // namespace foretoken

// What a fuzzed value must be.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

namespace foretoken {

/// Ends a program that does not go on with other checks.
struct CheckFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void stop(const std::string& error) { throw CheckFailure(error); }

[[noreturn]] inline void fail(const char* what, double actual, double expected) {
  char text[200];
  std::snprintf(text, sizeof text, "%s: %g, expected %g", what, actual, expected);
  stop(text);
}

inline void check(const char* what, double actual, double expected, double tolerance) {
  if (!(std::fabs(actual - expected) <= tolerance)) fail(what, actual, expected);
}

inline void check_bits(const std::string& what, const float* actual, const float* expected, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (std::memcmp(actual + i, expected + i, sizeof(float)) == 0) continue;
    fail((what + ": other bits at " + std::to_string(i)).c_str(), actual[i], expected[i]);
  }
}

/// A row's product of the exact weights with values, and the sum of the sizes of its terms.
struct Exact {
  double sum = 0, size = 0;
};

template <class Weight, class Value>
Exact exact_product(const Weight* weight, int columns, const Value& value) {
  Exact exact;
  for (int c = 0; c < columns; c++) {
    const double term = static_cast<double>(weight[c]) * value(c);
    exact.sum += term;
    exact.size += std::fabs(term);
  }
  return exact;
}

}  // namespace foretoken

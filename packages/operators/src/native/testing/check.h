// What a fuzzed value must be.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace foretoken {

[[noreturn]] inline void fail(const char* what, double actual, double expected) {
  std::fprintf(stderr, "%s: %g, expected %g\n", what, actual, expected);
  std::abort();
}

inline void check(const char* what, double actual, double expected, double tolerance) {
  if (!(std::fabs(actual - expected) <= tolerance)) fail(what, actual, expected);
}

}  // namespace foretoken

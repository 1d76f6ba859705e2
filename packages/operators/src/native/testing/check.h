// What a fuzzed value must be.
#pragma once

#include <cmath>
#include <cstdio>
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

}  // namespace foretoken

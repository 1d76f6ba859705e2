// The highest of many values, for the candidates of a token.
#pragma once

#include <cstdint>

namespace foretoken {

/// The indices of the k highest of `width` values, highest first, the lower index first among equals; k in 1..width.
/// NaN comes after every number; subnormal numbers are zeros on threads that take them so, as TensorFlow's do.
/// Allocates nothing and reads each value about once: cheap while k is far below width.
void highest(const float* values, int width, int k, int32_t* indices);

}  // namespace foretoken

// The RMS norm before a product.
#pragma once

#include <cmath>

#include "kernels.h"
#include "weights.h"

namespace foretoken {

/// What a row is multiplied by before the norm's weight.
inline float norm_factor(const Vector& norm, const float* x, int count) {
  return 1.0f / std::sqrt(kernels().sum_of_squares(x, count) / static_cast<float>(count) + norm.epsilon);
}

inline void normalise(const Vector& norm, const float* x, int count, float* out) {
  kernels().scale(x, norm_factor(norm, x, count), norm.values.data(), count, out);
}

}  // namespace foretoken

// Gates by their definition, in double precision.
#pragma once

#include <cmath>

#include "../kernels.h"

namespace foretoken {

inline double plain_gate(Activation activation, double gate, double up) {
  if (activation == Activation::Silu) return gate / (1 + std::exp(-gate)) * up;
  const double inner = std::sqrt(2 / 3.14159265358979323846) * (gate + 0.044715 * gate * gate * gate);
  return 0.5 * gate * (1 + std::tanh(inner)) * up;
}

}  // namespace foretoken

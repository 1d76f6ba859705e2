// The conversions to half precision and back, for every half there is.
#pragma once

#include <cmath>
#include <random>

#include "../kernels.h"
#include "check.h"

namespace foretoken {

/// Every half survives the way to single precision and back, and what lies between two goes to the nearer one.
inline void fuzz_halves(std::mt19937& random) {
  const auto widen = [](int half) {
    const uint16_t bits = static_cast<uint16_t>(half);
    float value;
    kernels().widen(&bits, 1, &value);
    return value;
  };
  const auto narrow = [](float value) {
    uint16_t bits;
    kernels().narrow(&value, 1, &bits);
    return static_cast<int>(bits);
  };
  for (int half = 0; half < 0x7c00; half++) {
    const float value = widen(half), next = half == 0x7bff ? 65536.0f : widen(half + 1);
    check("half", narrow(value), half, 0);
    check("negative half", narrow(-value), half | 0x8000, 0);
    const float middle = value + (next - value) / 2;
    check("half to even", narrow(middle), half % 2 == 0 ? half : half + 1, 0);
    const float part = std::uniform_real_distribution<float>(0, 1)(random);
    const float between_both = value + (next - value) * part;
    if (between_both == middle) continue;
    check("nearest half", narrow(between_both), between_both > middle ? half + 1 : half, 0);
  }
  check("half of infinity", narrow(HUGE_VALF), 0x7c00, 0);
}

}  // namespace foretoken

// The highest values of a row against a sort of the whole row.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "../top.h"
#include "check.h"

namespace foretoken {

/// Values with what makes an order hard: few levels, both zeros, infinities, NaN, and rows that rise or fall.
inline std::vector<float> awkward_values(std::mt19937& random, int width) {
  const auto below = [&](int limit) { return static_cast<int>(random() % limit); };
  const int levels = below(2) == 0 ? 1 + below(5) : 100'000;
  const int special = below(3) == 0 ? 1 + below(20) : 0;
  const float specials[] = {HUGE_VALF, -HUGE_VALF, NAN, 0.0f, -0.0f};
  std::vector<float> values(width);
  for (float& value : values) value = static_cast<float>(below(levels) - levels / 2) / 8;
  const int shape = below(4);
  if (shape == 0) std::sort(values.begin(), values.end());
  if (shape == 1) std::sort(values.rbegin(), values.rend());
  for (float& value : values) {
    if (special > 0 && below(special) == 0) value = specials[below(5)];
  }
  return values;
}

inline void fuzz_top(std::mt19937& random) {
  // Several blocks of comparisons and every tail.
  const int width = 1 + static_cast<int>(random() % 700);
  const std::vector<float> values = awkward_values(random, width);
  std::vector<int32_t> sorted(width);
  for (int i = 0; i < width; i++) sorted[i] = i;
  std::stable_sort(sorted.begin(), sorted.end(), [&](int32_t a, int32_t b) {
    return std::isnan(values[b]) ? !std::isnan(values[a]) : values[a] > values[b];
  });
  for (const int k : {1, std::min(8, width), 1 + static_cast<int>(random() % width), width}) {
    std::vector<int32_t> indices(k, -1);
    highest(values.data(), width, k, indices.data());
    for (int i = 0; i < k; i++) check("top", indices[i], sorted[i], 0);
  }
}

}  // namespace foretoken

// Attention by its definition, in double precision: what the operator must come near.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "../attention.h"

namespace foretoken {

/// The result of the last of `rows` tokens, each [query, key, value], that follow one another from position 0. Keys and
/// values are not rounded, whatever the cache keeps. `rotations` is the table of the cache that `options` name.
inline std::vector<double> plain_attention(const CacheShape& shape, const float* rotations,
                                           const AttentionOptions& options, const std::vector<const float*>& rows) {
  const int size = shape.head_size, group = shape.heads / shape.kv_heads;
  const auto head = [&](size_t position, int index, const Vector* norm, bool rotated) {
    std::vector<double> values(rows[position] + index * size, rows[position] + (index + 1) * size);
    if (norm != nullptr) {
      double squares = 0;
      for (const double value : values) squares += value * value;
      for (int d = 0; d < size; d++) values[d] *= norm->values[d] / std::sqrt(squares / size + norm->epsilon);
    }
    const float* rotation = rotations + position * static_cast<size_t>(size);
    for (int d = 0; rotated && d < size; d += 2) {
      const double even = values[d], odd = values[d + 1];
      values[d] = even * rotation[d] - odd * rotation[d + 1];
      values[d + 1] = even * rotation[d + 1] + odd * rotation[d];
    }
    return values;
  };
  const size_t count = rows.size(), seen = options.window == 0 ? count : std::min<size_t>(count, options.window);
  std::vector<double> result;
  for (int index = 0; index < shape.heads; index++) {
    const std::vector<double> query = head(rows.size() - 1, index, options.query_norm, true);
    std::vector<double> scores, sums(size);
    for (size_t position = count - seen; position < count; position++) {
      const std::vector<double> key = head(position, shape.heads + index / group, options.key_norm, true);
      double score = 0;
      for (int d = 0; d < size; d++) score += query[d] * key[d];
      scores.push_back(score / std::sqrt(static_cast<double>(size)));
    }
    const double most = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (size_t position = count - seen; position < count; position++) {
      const double weight = std::exp(scores[position - (count - seen)] - most);
      const auto value = head(position, shape.heads + shape.kv_heads + index / group, nullptr, false);
      for (int d = 0; d < size; d++) sums[d] += weight * value[d];
      total += weight;
    }
    for (const double sum : sums) result.push_back(sum / total);
  }
  return result;
}

}  // namespace foretoken

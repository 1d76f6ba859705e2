// The choice of tokens from logits, and the small kernels between products, against plain loops.
#pragma once

#include <algorithm>

#include "cuda-launch.h"
#include "fuzz-top.h"

namespace foretoken::cuda {

/// Best token, logarithm of the sum and the highest of rows, with equals, infinities and NaN among them.
inline void check_choice(Random& random) {
  const int rows = between(random, 1, 3), width = between(random, 1, between(random, 0, 1) == 0 ? 300 : 9000);
  std::vector<float> logits;
  for (int row = 0; row < rows; row++) {
    std::vector<float> values = awkward_values(random, width);
    // Zeros of both signs are equal.
    if (between(random, 0, 3) == 0) {
      for (float& value : values) value = between(random, 0, 1) == 0 ? 0.0f : -0.0f;
    }
    logits.insert(logits.end(), values.begin(), values.end());
  }
  const int chunks = static_cast<int>(parts_of(width, kChunkValues));
  const size_t count = static_cast<size_t>(rows);
  std::vector<int> chunk_best(count * chunks), best(count, -1);
  std::vector<float> chunk_most(count * chunks), chunk_sum(count * chunks), most(count), log_sum(count);
  const BestArguments arguments{logits.data(),     width,       chunk_best.data(), chunk_most.data(),
                                chunk_sum.data(), best.data(), most.data(),       log_sum.data()};
  launch("best_of_chunks", {static_cast<unsigned>(chunks), static_cast<unsigned>(rows)}, 256, arguments);
  launch("join_best", {static_cast<unsigned>(rows)}, 256, arguments);
  for (int row = 0; row < rows; row++) {
    const float* values = logits.data() + static_cast<size_t>(row) * width;
    std::vector<int> sorted(static_cast<size_t>(width));
    for (int i = 0; i < width; i++) sorted[static_cast<size_t>(i)] = i;
    std::stable_sort(sorted.begin(), sorted.end(), [&](int a, int b) {
      return std::isnan(values[b]) ? !std::isnan(values[a]) : values[a] > values[b];
    });
    const size_t at = static_cast<size_t>(row);
    check("best", best[at], sorted[0], 0);
    const double highest = values[sorted[0]];
    if (!std::isnan(highest)) check("its logit", most[at] == highest, 1, 0);
    double sum = 0;
    for (int i = 0; i < width; i++) sum += std::exp(values[i] - highest);
    if (std::isfinite(sum)) check("log of the sum", log_sum[at], highest + std::log(sum), 1e-5 * (1 + std::fabs(highest)));
    for (const int k : {1, std::min(width, between(random, 1, kMostTop))}) {
      std::vector<float> from(values, values + width);
      std::vector<int> indices;
      while (true) {
        const int left = static_cast<int>(from.size()), parts = static_cast<int>(parts_of(left, kChunkValues));
        std::vector<float> top(static_cast<size_t>(parts) * k, NAN);
        std::vector<int> top_indices(top.size(), -2);
        const TopArguments chosen{from.data(), indices.empty() ? nullptr : indices.data(), left, k, top.data(),
                                  top_indices.data()};
        launch("top_of_chunks", {static_cast<unsigned>(parts), 1}, 256, chosen);
        from = top;
        indices = top_indices;
        if (parts == 1) break;
      }
      for (int i = 0; i < k; i++) {
        const int expected = sorted[static_cast<size_t>(i)];
        check("top", indices[static_cast<size_t>(i)], expected, 0);
        if (!std::isnan(values[expected])) check("its value", from[static_cast<size_t>(i)] == values[expected], 1, 0);
      }
    }
  }
}

inline void check_rows_between(Random& random) {
  const int n = between(random, 1, 5), width = between(random, 1, 600);
  const size_t size = static_cast<size_t>(n) * width;
  const std::vector<float> input = floats(random, 2 * size), second = floats(random, size);
  std::vector<int> chosen(7);
  for (int& row : chosen) row = between(random, 0, n - 1);
  std::vector<float> rows(chosen.size() * width, NAN), sum(size, NAN), gate(size, NAN);
  launch("choose_rows", {7}, 256, ChooseArguments{input.data(), chosen.data(), rows.data(), width});
  launch("add_rows", {static_cast<unsigned>(n)}, 256, RowsArguments{input.data(), second.data(), sum.data(), width});
  launch("gate_rows", {static_cast<unsigned>(n)}, 256, RowsArguments{input.data(), nullptr, gate.data(), width});
  for (int i = 0; i < width; i++) {
    for (size_t r = 0; r < chosen.size(); r++) {
      check("chosen row", rows[r * width + i], input[static_cast<size_t>(chosen[r]) * width + i], 0);
    }
    for (int m = 0; m < n; m++) {
      const size_t at = static_cast<size_t>(m) * width + i, gated = static_cast<size_t>(m) * 2 * width + i;
      check("sum", sum[at], input[at] + second[at], 0);
      const double value = input[gated];
      check("gate", gate[at], value / (1 + std::exp(-value)) * input[gated + static_cast<size_t>(width)], 1e-6);
    }
  }
}

inline void check_chain(Random& random) {
  const int rows = between(random, 1, 5);
  std::vector<PassToken> previous, next(static_cast<size_t>(rows));
  std::vector<int> scored, best, vocabulary, guesses(next.size());
  std::vector<float> most, log_sum, confidences(next.size());
  for (int token = 0; token < 100; token++) vocabulary.push_back(1000 - token);
  for (int row = 0; row < rows; row++) {
    const int count = between(random, 1, 4), start = between(random, 0, 50), first = static_cast<int>(previous.size());
    for (int node = 0; node < count; node++) previous.push_back({7, row, start, first, node, node - 1, start + node, 1});
    scored.push_back(static_cast<int>(previous.size()) - 1);
    best.push_back(between(random, 0, 99));
    most.push_back(floats(random, 1)[0]);
    log_sum.push_back(most.back() + 0.5f);
  }
  const bool named = between(random, 0, 1) == 1;
  launch("advance_chain", {1}, 256,
         AdvanceArguments{previous.data(), scored.data(), best.data(), most.data(), log_sum.data(),
                          named ? vocabulary.data() : nullptr, next.data(), guesses.data(), confidences.data(), rows});
  for (int row = 0; row < rows; row++) {
    const PassToken& token = next[static_cast<size_t>(row)];
    const PassToken& last = previous[static_cast<size_t>(scored[static_cast<size_t>(row)])];
    const int guess = named ? vocabulary[static_cast<size_t>(best[static_cast<size_t>(row)])] : best[static_cast<size_t>(row)];
    check("guess", guesses[static_cast<size_t>(row)], guess, 0);
    check("confidence", confidences[static_cast<size_t>(row)], std::exp(-0.5), 1e-6);
    const PassToken expected{guess, row, last.position + 1, row, 0, -1, last.position + 1, 1};
    if (std::memcmp(&token, &expected, sizeof token) != 0) fail("the next pass", token.start, expected.start);
  }
}

}  // namespace foretoken::cuda

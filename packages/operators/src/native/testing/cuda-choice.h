// The choice of tokens from logits, and the small kernels between products, against plain loops.
#pragma once

#include <algorithm>

#include "cuda-launch.h"
#include "cuda-weights.h"
#include "fuzz-top.h"
#include "plain-gate.h"

namespace foretoken::cuda {

/// By a product with zeros that the logits are added to, in each shape with the same bits; some of them are kept.
inline void choose_from(Random& random, const std::vector<float>& logits, int rows, int width, int* best, float* most,
                        float* log_sum) {
  OwnedMatrix zeros(1);
  const int first = between(random, 1, width);
  for (const int part : {first, width - first}) {
    // Of formats whose kernels differ.
    const Format format = zeros.matrix.rows == 0 ? Format::F16 : Format::F32;
    if (part > 0) zeros.append(std::vector<uint8_t>(part * row_bytes(format, 1)), format, part, 0);
  }
  const std::vector<UploadedPart> parts = uploaded_parts(zeros.matrix, false);
  const RoundedRows x = rounded_rows(floats(random, static_cast<size_t>(rows)), rows, 1);
  TileBest whole(parts, rows);
  for (const ProductShape& shape : kProductShapes) {
    TileBest own(parts, rows);
    ProductOptions options;
    options.residual = logits.data();
    options.best = &own;
    product(shape, parts, x, 0, rows, options, width, nullptr);
    if (&shape == kProductShapes) whole = own;
    check_bits("sums of tiles", own.sums.data(), whole.sums.data(), own.sums.size());
    if (own.keys != whole.keys) fail("best of tiles", 0, 1);
  }
  launch("join_best", {static_cast<unsigned>(rows)}, kRowThreads,
         BestArguments{reinterpret_cast<const unsigned long long*>(whole.keys.data()), whole.sums.data(), whole.tiles, best,
                       most, log_sum});
}

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
  const size_t count = static_cast<size_t>(rows);
  std::vector<int> best(count, -1);
  std::vector<float> most(count), log_sum(count);
  choose_from(random, logits, rows, width, best.data(), most.data(), log_sum.data());
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
  std::vector<float> rows(chosen.size() * width, NAN), sum(size, NAN), scaled(size, NAN), gate(size, NAN);
  const float factor = floats(random, 1)[0];
  const auto activation = static_cast<Activation>(between(random, 0, 1));
  launch("choose_rows", {7}, 256, ChooseArguments{input.data(), chosen.data(), rows.data(), width});
  const Grid grid{static_cast<unsigned>(n)};
  launch("add_rows", grid, 256, RowsArguments{input.data(), second.data(), sum.data(), width, 1, kNotGated});
  launch("add_rows", grid, 256, RowsArguments{input.data(), nullptr, scaled.data(), width, factor, kNotGated});
  launch("gate_rows", grid, 256, RowsArguments{input.data(), nullptr, gate.data(), width, 1, gate_of(activation)});
  for (int i = 0; i < width; i++) {
    for (size_t r = 0; r < chosen.size(); r++) {
      check("chosen row", rows[r * width + i], input[static_cast<size_t>(chosen[r]) * width + i], 0);
    }
    for (int m = 0; m < n; m++) {
      const size_t at = static_cast<size_t>(m) * width + i, gated = static_cast<size_t>(m) * 2 * width + i;
      check("sum", sum[at], input[at] + second[at], 0);
      check("scaled", scaled[at], input[at] * factor, 0);
      check("gate", gate[at], plain_gate(activation, input[gated], input[gated + static_cast<size_t>(width)]), 1e-6);
    }
  }
}

inline void check_chain(Random& random) {
  const int rows = between(random, 1, 5);
  std::vector<PassToken> previous, next(static_cast<size_t>(rows));
  std::vector<int> scored, best, vocabulary;
  std::vector<float> most, log_sum, products;
  std::vector<GuessLimit> limits;
  for (int token = 0; token < 100; token++) vocabulary.push_back(1000 - token);
  for (int row = 0; row < rows; row++) {
    const int count = between(random, 1, 4), start = between(random, 0, 50), first = static_cast<int>(previous.size());
    const int slot = between(random, 0, 5) == 0 ? -1 : row;
    for (int node = 0; node < count; node++) previous.push_back({7, slot, start, first, node, node - 1, start + node, 1});
    scored.push_back(static_cast<int>(previous.size()) - 1);
    best.push_back(between(random, 0, 99));
    most.push_back(between(random, 0, 5) == 0 ? NAN : floats(random, 1)[0]);
    log_sum.push_back(most.back() + 0.5f);
    products.push_back(between(random, 0, 1) == 0 ? 0.9f : 0.3f);
    limits.push_back({between(random, 0, 6), between(random, 0, 1) == 0 ? 0.3f : 0.0f});
  }
  const std::vector<float> before = products;
  const bool named = between(random, 0, 1) == 1;
  const int guess = between(random, 0, 3);
  std::vector<int> going = {-1};
  int expected_going = 0;
  launch("advance_chain", {1}, 256,
         AdvanceArguments{previous.data(), scored.data(), best.data(), most.data(), log_sum.data(),
                          named ? vocabulary.data() : nullptr, limits.data(), products.data(), next.data(), going.data(), rows,
                          guess});
  for (int row = 0; row < rows; row++) {
    const size_t at = static_cast<size_t>(row);
    const PassToken& last = previous[static_cast<size_t>(scored[at])];
    const int token = named ? vocabulary[static_cast<size_t>(best[at])] : best[at];
    const double product = std::exp(-0.5) * (guess == 0 ? 1 : before[at]);
    const bool goes_on = last.slot >= 0 && guess + 1 < limits[at].most && !std::isnan(most[at]) && product >= limits[at].minimum;
    const PassToken filler{0, -1, 0, row, 0, -1, 0, 1};
    const PassToken expected{token, row, last.start + last.node + 1, row, 0, -1, last.position + 1, 1};
    if (std::memcmp(&next[at], goes_on ? &expected : &filler, sizeof filler) != 0) fail("the next pass", next[at].start, expected.start);
    if (goes_on) check("product of confidences", products[at], product, 1e-6);
    expected_going += goes_on ? 1 : 0;
  }
  check("sequences that go on", going[0], expected_going, 0);
}

}  // namespace foretoken::cuda

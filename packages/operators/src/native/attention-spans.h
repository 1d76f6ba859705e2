// What some queries take from the KV cache, span of positions by span.
#pragma once

#include <algorithm>

#include "cache.h"
#include "step.h"

namespace foretoken {

/// Positions that are summed on their own. Spans begin at multiples of it and are joined in ascending order, so that a
/// query's bits depend on neither the pass, nor the threads, nor where its tree or its piece of a prompt begins.
constexpr int kSpan = 128;

/// The queries of one key head for some tokens of a sequence, `group` for each token.
struct QueryTile {
  const Step& step;
  const StepSequence& sequence;
  const Cache& cache;
  int layer;
  /// Positions that a token sees, its own and those before it; 0 for all.
  int window;
  int head;
  int first_token;
  int tokens;
  /// [tokens][group][head_size].
  const float* queries;

  int group() const { return cache.shape().heads / cache.shape().kv_heads; }
  int count() const { return tokens * group(); }
  /// The position behind its last token's, in the cache.
  int end() const { return sequence.start + first_token + tokens; }
  /// Spans that have a position which one of the queries sees.
  int spans() const { return (end() + kSpan - 1) / kSpan; }
  /// Where in the text the positions begin that a token sees.
  int first_seen(int token) const {
    return window == 0 ? 0 : std::max(0, step.positions[sequence.first + token] + 1 - window);
  }
  /// The first span that has a position which one of the queries sees; that of the tree at the latest.
  int first_span() const {
    int first = first_of_tree() * kSpan;
    for (int t = first_token; window > 0 && t < first_token + tokens; t++) first = std::min(first, first_seen(t));
    return window == 0 ? 0 : first / kSpan;
  }
  /// The first span in which positions of the cache and of the text may differ: each is summed as it lies before that.
  int first_of_tree() const { return sequence.chain ? spans() : sequence.start / kSpan; }
};

/// What each query has of some positions: their values, weighted by e^(score - maximum), and the sum of these weights.
struct Sums {
  float* values;
  float* maxima;
  float* totals;

  static size_t size(int count, int padded_head) { return static_cast<size_t>(count) * (padded_head + 2); }
  static Sums in(float* memory, int count, int padded_head) {
    float* maxima = memory + static_cast<size_t>(count) * padded_head;
    return {memory, maxima, maxima + count};
  }
};

void clear(const Sums& sums, int count, int padded_head);

/// Takes the sums of the positions that follow into `sums`.
void join(const Sums& sums, const Sums& next, int count, int padded_head);

/// The sums of a span before `first_of_tree`.
void sum_span(const QueryTile& tile, int span, const Sums& sums);

/// The spans from `first_of_tree` on. Positions are taken in the order of the text, not of the cache, so that a path
/// through the tree has the bits of the same tokens committed one by one.
class TreeSpans {
 public:
  explicit TreeSpans(const QueryTile& tile);
  void sum(int span, const Sums& sums) const;

 private:
  /// Positions of the text, counted from the first of these spans, that a query of the token sees.
  int visible(int token) const;

  const QueryTile& tile_;
  int base_;
  int committed_;
  size_t stride_;
  /// [count][stride]: scores in the order of the text, and room for weights in the order of the cache.
  float* scores_;
  float* weights_;
};

}  // namespace foretoken

#include "attention-spans.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "scratch.h"

namespace foretoken {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();

int whole_blocks(int positions) { return (positions + kKeyBlock - 1) / kKeyBlock * kKeyBlock; }

/// Room to which a cache in half precision is widened; null for one in single.
float* widened(const Cache& cache, int positions) {
  thread_local Scratch memory;
  return cache.shape().half ? memory.take(static_cast<size_t>(whole_blocks(positions)) * cache.padded_head()) : nullptr;
}

/// Queries between whose scores memory is fetched.
constexpr int kQueriesOfFetch = 8;

/// Fetches the cache lines of part `part` of `parts` to the second-level cache.
void fetch(const Stored& stored, int part, int parts) {
  constexpr size_t line = 64;
  const size_t lines = (stored.bytes + line - 1) / line;
  for (size_t i = lines * part / parts; i < lines * (part + 1) / parts; i++) {
    __builtin_prefetch(stored.data + i * line, 0, 2);
  }
}

/// Scores of all queries against the positions [from, to) of the cache: out[q * stride + position - from]. Their values,
/// and the keys of the span behind, are fetched on the way.
void score(const QueryTile& tile, int from, int to, float* room, float* out, size_t stride) {
  const Cache& cache = tile.cache;
  const int size = cache.shape().head_size, slot = tile.sequence.slot, count = tile.count();
  const int parts = (count + kQueriesOfFetch - 1) / kQueriesOfFetch;
  for (int block = from; block < to; block += kKeyBlock) {
    const float* keys = cache.keys(tile.layer, slot, tile.head, block, room);
    const Stored values = cache.stored_values(tile.layer, slot, tile.head, block, std::min(kKeyBlock, to - block));
    const bool more = block + kSpan < tile.end();
    const Stored next = more ? cache.stored_keys(tile.layer, slot, tile.head, block + kSpan) : Stored{};
    for (int part = 0; part < parts; part++) {
      const int q = part * kQueriesOfFetch;
      fetch(values, part, parts);
      fetch(next, part, parts);
      kernels().scores(tile.queries + static_cast<size_t>(q) * size, std::min(kQueriesOfFetch, count - q), size, keys,
                       out + q * stride + (block - from), stride);
    }
  }
}

/// Turns the scores of the positions [hidden, visible) into weights, and the others up to the whole block that holds `count`
/// to 0.
/// Whole blocks, so that the order in which weights are added depends on nothing else.
void weigh(float* scores, int hidden, int visible, int count, float* most, float* total) {
  const int padded = whole_blocks(count);
  if (visible <= hidden) {
    std::fill(scores, scores + padded, 0.0f);
    *most = kNothing;
    *total = 0;
    return;
  }
  std::fill(scores, scores + hidden, kNothing);
  std::fill(scores + visible, scores + padded, kNothing);
  *most = kernels().highest(scores, padded);
  // Minus infinity would become NaN below.
  if (*most == kNothing) return weigh(scores, 0, 0, count, most, total);
  *total = kernels().exponentials(scores, padded, *most);
}

}  // namespace

void clear(const Sums& sums, int count, int padded_head) {
  std::fill_n(sums.values, static_cast<size_t>(count) * padded_head, 0.0f);
  std::fill_n(sums.maxima, count, kNothing);
  std::fill_n(sums.totals, count, 0.0f);
}

void join(const Sums& sums, const Sums& next, int count, int padded_head) {
  for (int q = 0; q < count; q++) {
    if (next.maxima[q] == kNothing) continue;
    const float most = std::max(sums.maxima[q], next.maxima[q]);
    const float fade = sums.maxima[q] == kNothing ? 0.0f : std::exp(sums.maxima[q] - most);
    const float weight = std::exp(next.maxima[q] - most);
    const size_t at = static_cast<size_t>(q) * padded_head;
    kernels().join(sums.values + at, fade, next.values + at, weight, padded_head);
    sums.totals[q] = sums.totals[q] * fade + next.totals[q] * weight;
    sums.maxima[q] = most;
  }
}

void sum_span(const QueryTile& tile, int span, const Sums& sums) {
  const Cache& cache = tile.cache;
  const StepSequence& sequence = tile.sequence;
  const int count = tile.count(), padded = cache.padded_head(), group = tile.group();
  const int from = span * kSpan, to = std::min(tile.end(), from + kSpan);
  thread_local Scratch memory;
  float* scores = memory.take(static_cast<size_t>(count) * kSpan);
  float* room = widened(cache, kSpan);
  score(tile, from, to, room, scores, kSpan);
  for (int q = 0; q < count; q++) {
    const int token = tile.first_token + q / group, seen = sequence.chain ? sequence.start + token + 1 : to;
    const int hidden = std::max(0, tile.first_seen(token) - from);
    weigh(scores + static_cast<size_t>(q) * kSpan, hidden, std::min(to, seen) - from, to - from, &sums.maxima[q],
          &sums.totals[q]);
  }
  std::fill_n(sums.values, static_cast<size_t>(count) * padded, 0.0f);
  kernels().weighted(scores, kSpan, count, to - from,
                     cache.values(tile.layer, sequence.slot, tile.head, from, to - from, room), padded, sums.values);
}

TreeSpans::TreeSpans(const QueryTile& tile)
    : tile_(tile),
      base_(tile.first_of_tree() * kSpan),
      committed_(tile.sequence.start - base_),
      stride_(whole_blocks(tile.end() - base_)) {
  thread_local Scratch memory;
  const int count = tile.count();
  scores_ = memory.take(2 * count * stride_);
  weights_ = scores_ + count * stride_;
  score(tile, base_, tile.end(), widened(tile.cache, tile.end() - base_), weights_, stride_);
  for (int q = 0; q < count; q++) {
    const int token = tile.first_token + q / tile.group();
    const float* lying = weights_ + q * stride_;
    float* text = scores_ + q * stride_;
    std::copy_n(lying, committed_, text);
    int place = visible(token);
    for (int node = token; node >= 0; node = tile.step.parents[tile.sequence.first + node]) {
      text[--place] = lying[committed_ + node];
    }
  }
}

int TreeSpans::visible(int token) const { return tile_.step.positions[tile_.sequence.first + token] + 1 - base_; }

void TreeSpans::sum(int span, const Sums& sums) const {
  const Cache& cache = tile_.cache;
  const int count = tile_.count(), padded = cache.padded_head();
  const int from = span * kSpan - base_, length = std::min<int>(kSpan, static_cast<int>(stride_) - from);
  for (int q = 0; q < count; q++) {
    const int token = tile_.first_token + q / tile_.group();
    const int seen = visible(token);
    float* text = scores_ + q * stride_;
    float* lying = weights_ + q * stride_;
    const int hidden = std::max(0, tile_.first_seen(token) - base_ - from);
    weigh(text + from, hidden, std::min(seen - from, length), length, &sums.maxima[q], &sums.totals[q]);
    std::fill_n(lying, stride_, 0.0f);
    if (from < committed_) std::copy_n(text + from, std::min(length, committed_ - from), lying + from);
    int place = seen;
    for (int node = token; node >= 0; node = tile_.step.parents[tile_.sequence.first + node]) {
      if (--place >= from && place < from + length) lying[committed_ + node] = text[place];
    }
  }
  std::fill_n(sums.values, static_cast<size_t>(count) * padded, 0.0f);
  const int positions = tile_.end() - base_;
  kernels().weighted(weights_, stride_, count, positions,
                     cache.values(tile_.layer, tile_.sequence.slot, tile_.head, base_, positions,
                                  widened(cache, positions)),
                     padded, sums.values);
}

}  // namespace foretoken

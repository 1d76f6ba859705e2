// The inner loops of attention, part of kernels.cc, compiled with it for each target. Each sum is one chain of
// multiply-adds in the order of dimensions or positions, whatever queries share the loop, so that a query's bits do not
// depend on them; a position of weight 0 changes none.
#pragma once

#include "kernels.h"
#include "vector.h"

namespace foretoken::FORETOKEN_TARGET {
namespace {

constexpr int kKeyVectors = kKeyBlock / kLanes;

/// Queries that share a loaded vector: as many as leave their sums in registers.
constexpr int kTogether = kLanes == 16 ? 8 : 4;

constexpr int kRegisters = kLanes == 16 ? 32 : 16;

/// Vectors of a value that are summed at once: their sums, and they, stay in registers.
constexpr int vectors_of_value(int queries) {
  for (int vectors = 4; vectors > 1; vectors /= 2) {
    if (queries * vectors + vectors < kRegisters) return vectors;
  }
  return 1;
}

template <int queries>
FORETOKEN_INLINE void scores_of(const float* query, int size, const float* keys, float* out, size_t stride) {
  Floats sums[queries][kKeyVectors] = {};
  for (int d = 0; d < size; d++) {
    for (int v = 0; v < kKeyVectors; v++) {
      const Floats key = load(keys + d * kKeyBlock + v * kLanes);
      for (int q = 0; q < queries; q++) sums[q][v] = fused(splat(query[q * size + d]), key, sums[q][v]);
    }
  }
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < kKeyVectors; v++) store(out + q * stride + v * kLanes, sums[q][v]);
  }
}

template <int queries, int vectors>
FORETOKEN_INLINE void weighted_vectors(const float* weights, size_t stride, int positions, const float* values,
                                       int size, float* sums) {
  Floats totals[queries][vectors];
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < vectors; v++) totals[q][v] = load(sums + q * size + v * kLanes);
  }
  for (int p = 0; p < positions; p++) {
    Floats value[vectors];
    for (int v = 0; v < vectors; v++) value[v] = load(values + static_cast<size_t>(p) * size + v * kLanes);
    for (int q = 0; q < queries; q++) {
      const Floats weight = splat(weights[q * stride + p]);
      for (int v = 0; v < vectors; v++) totals[q][v] = fused(weight, value[v], totals[q][v]);
    }
  }
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < vectors; v++) store(sums + q * size + v * kLanes, totals[q][v]);
  }
}

template <int queries>
FORETOKEN_INLINE void weighted_of(const float* weights, size_t stride, int positions, const float* values, int size,
                                  float* sums) {
  constexpr int wide = vectors_of_value(queries);
  int d = 0;
  for (; d + wide * kLanes <= size; d += wide * kLanes) {
    weighted_vectors<queries, wide>(weights, stride, positions, values + d, size, sums + d);
  }
  for (; d < size; d += kLanes) {
    weighted_vectors<queries, 1>(weights, stride, positions, values + d, size, sums + d);
  }
}

template <int count, class Body>
FORETOKEN_INLINE void rest_group(int queries, int first, const Body& body) {
  if (queries - first == count) body(Index<count>{}, first);
  else if constexpr (count > 1) rest_group<count - 1>(queries, first, body);
}

/// Calls body(Index<n>, first) for groups of n <= kTogether queries from `first` on.
template <class Body>
FORETOKEN_INLINE void each_group(int queries, const Body& body) {
  int q = 0;
  for (; q + kTogether <= queries; q += kTogether) body(Index<kTogether>{}, q);
  rest_group<kTogether - 1>(queries, q, body);
}

void scores(const float* query, int queries, int size, const float* keys, float* out, size_t stride) {
  each_group(queries, [&](auto count, int q) {
    scores_of<count>(query + q * size, size, keys, out + q * stride, stride);
  });
}

void weighted(const float* weights, size_t stride, int queries, int positions, const float* values, int size,
              float* sums) {
  each_group(queries, [&](auto count, int q) {
    weighted_of<count>(weights + q * stride, stride, positions, values, size, sums + q * size);
  });
}

float highest(const float* x, int count) {
  Floats most = load(x);
  for (int i = kLanes; i < count; i += kLanes) {
    const Floats value = load(x + i);
    most = value > most ? value : most;
  }
  float result = most[0];
  for (int lane = 1; lane < kLanes; lane++) result = most[lane] > result ? most[lane] : result;
  return result;
}

float exponentials(float* x, int count, float maximum) {
  Floats sums = {};
  for (int i = 0; i < count; i += kLanes) {
    const Floats value = exponential(load(x + i) - maximum);
    store(x + i, value);
    sums += value;
  }
  return sum(sums);
}

void join(float* sums, float fade, const float* more, float weight, int count) {
  const Floats fades = splat(fade), weights = splat(weight);
  for (int i = 0; i < count; i += kLanes) store(sums + i, fused(load(more + i), weights, load(sums + i) * fades));
}

}  // namespace
}  // namespace foretoken::FORETOKEN_TARGET

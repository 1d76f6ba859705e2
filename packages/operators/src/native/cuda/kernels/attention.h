// Attention over the KV cache, in spans of positions. Positions are taken in the order of the text, not of the cache, and
// spans begin at multiples of their size: a token has the same bits alone, in a batch, in a piece of a prompt, or as a path
// through a tree.
#pragma once

#include "rows.h"

namespace foretoken::cuda {

__device__ __forceinline__ float element(const float* from) { return *from; }
__device__ __forceinline__ float element(const uint16_t* from) { return half_to_float(*from); }

/// Index of the first element of a slot's key head.
__device__ __forceinline__ size_t plane_at(const CacheArguments& cache, int layer, int slot, int head) {
  const size_t index = (static_cast<size_t>(layer) * cache.slots + slot) * cache.kv_heads + head;
  return index * cache_plane(cache.capacity, cache.head_size);
}
/// Within a plane; a key's dimensions lie kKeyPositions apart.
__device__ __forceinline__ size_t key_at(const CacheArguments& cache, int position) {
  return static_cast<size_t>(position / kKeyPositions) * kKeyPositions * cache.head_size + position % kKeyPositions;
}
__device__ __forceinline__ size_t value_at(const CacheArguments& cache, int position) {
  return (static_cast<size_t>(cache.capacity) + position) * cache.head_size;
}

__device__ __forceinline__ void store(const CacheArguments& cache, size_t index, float value) {
  if (cache.half) static_cast<uint16_t*>(cache.memory)[index] = static_cast<uint16_t>(float_to_half(value));
  else static_cast<float*>(cache.memory)[index] = value;
}

__device__ __forceinline__ void rotate_and_store(const RotateArguments& a) {
  const CacheArguments& cache = a.cache;
  const PassToken token = a.tokens[blockIdx.x];
  if (token.slot < 0) return;
  const int size = cache.head_size, head = blockIdx.y, kv_head = (head - cache.heads) % cache.kv_heads;
  const bool is_query = head < cache.heads, is_value = head >= cache.heads + cache.kv_heads;
  const int all = cache.heads + 2 * cache.kv_heads, position = token.start + token.node;
  const float* input = a.input + (static_cast<size_t>(blockIdx.x) * all + head) * size;
  const size_t plane = is_query ? 0 : plane_at(cache, a.layer, token.slot, kv_head);
  if (is_value) {
    for (int d = threadIdx.x; d < size; d += blockDim.x) store(cache, plane + value_at(cache, position) + d, input[d]);
    return;
  }
  const float* norm = is_query ? a.query_norm : a.key_norm;
  float factor = 1.0f;
  if (norm != nullptr) {
    float squares = 0.0f;
    for (int d = threadIdx.x; d < size; d += blockDim.x) squares = fmaf(input[d], input[d], squares);
    const float epsilon = is_query ? a.query_epsilon : a.key_epsilon;
    factor = 1.0f / sqrtf(sum_of_block(squares) / static_cast<float>(size) + epsilon);
  }
  const float* rotation = a.rotation + static_cast<size_t>(token.position) * size;
  const float scale = is_query ? 1.0f / sqrtf(static_cast<float>(size)) : 1.0f;
  for (int d = 2 * threadIdx.x; d < size; d += 2 * blockDim.x) {
    const float cosine = rotation[d] * scale, sine = rotation[d + 1] * scale;
    const float even = norm == nullptr ? input[d] : input[d] * factor * norm[d];
    const float odd = norm == nullptr ? input[d + 1] : input[d + 1] * factor * norm[d + 1];
    const float first = fmaf(even, cosine, -(odd * sine)), second = fmaf(even, sine, odd * cosine);
    if (is_query) {
      float* query = a.queries + (static_cast<size_t>(blockIdx.x) * cache.heads + head) * size;
      query[d] = first;
      query[d + 1] = second;
    } else {
      const size_t key = plane + key_at(cache, position);
      store(cache, key + static_cast<size_t>(d) * kKeyPositions, first);
      store(cache, key + static_cast<size_t>(d + 1) * kKeyPositions, second);
    }
  }
}

/// Where two runs of positions, each summed relative to its own maximum, are joined: their factors.
struct Join {
  float most, before, after;

  __device__ __forceinline__ Join(float earlier, float later) : most(fmaxf(earlier, later)) {
    before = expf(earlier - most);
    after = expf(later - most);
  }
  __device__ __forceinline__ float operator()(float earlier, float later) const {
    return fmaf(later, after, earlier * before);
  }
};

__device__ __forceinline__ float lowest() { return __uint_as_float(0xff800000); }

template <class Element, int Queries>
__device__ __forceinline__ void attend(const AttendArguments& a) {
  __shared__ float queries[Queries][kMostHeadSize];
  /// Scores of the two halves of the dimensions; the first become weights.
  __shared__ float scores[2][Queries][kSpanPositions];
  __shared__ float shares[256 * Queries];
  __shared__ float sums[Queries][kMostHeadSize];
  __shared__ float most[Queries], total[Queries], most_yet[Queries], total_yet[Queries];
  /// Where in the cache the span's positions lie.
  __shared__ int lying[kSpanPositions];

  const CacheArguments& cache = a.cache;
  const PassToken token = a.tokens[blockIdx.z];
  if (token.slot < 0) return;
  const int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
  const int size = cache.head_size, group = cache.heads / cache.kv_heads, chunks = (group + Queries - 1) / Queries;
  const int kv_head = blockIdx.y / chunks, first = blockIdx.y % chunks * Queries;
  const int members = group - first < Queries ? group - first : Queries;
  const int visible = token.position + 1, spans = (visible + kSpanPositions - 1) / kSpanPositions;
  const int from = first_span(token.position, a.window) + blockIdx.x, to = a.split ? from + 1 : spans;
  if (from >= spans) return;
  const int seen_from = a.window == 0 ? 0 : visible - a.window;
  const size_t head = static_cast<size_t>(blockIdx.z) * cache.heads + kv_head * group + first;
  const Element* plane = static_cast<const Element*>(cache.memory) + plane_at(cache, a.layer, token.slot, kv_head);
  for (int i = thread; i < Queries * size; i += 256) {
    const int q = i / size;
    queries[q][i % size] = q < members ? a.queries[head * size + i] : 0.0f;
    sums[q][i % size] = 0.0f;
  }
  if (thread < Queries) {
    most_yet[thread] = lowest();
    total_yet[thread] = 0.0f;
  }
  for (int span = from; span < to; span++) {
    const int base = span * kSpanPositions;
    const int count = visible - base < kSpanPositions ? visible - base : kSpanPositions;
    const int hidden = seen_from > base ? seen_from - base : 0;
    __syncthreads();
    if (thread < count && (token.chain || base + thread < token.start)) lying[thread] = base + thread;
    if (thread == 0 && !token.chain) {
      int place = token.position - base;
      for (int node = token.node; node >= 0 && place >= 0; place--) {
        if (place < count) lying[place] = token.start + node;
        node = a.tokens[token.first + node].parent;
      }
    }
    __syncthreads();

    const int half = thread / kSpanPositions, mine = thread % kSpanPositions;
    float score[Queries] = {};
    if (mine >= hidden && mine < count) {
      const Element* key = plane + key_at(cache, lying[mine]);
      const int end = half == 0 ? size / 2 : size;
#pragma unroll 8
      for (int d = half * (size / 2); d < end; d++) {
        const float k = element(key + static_cast<size_t>(d) * kKeyPositions);
#pragma unroll
        for (int q = 0; q < Queries; q++) score[q] = fmaf(queries[q][d], k, score[q]);
      }
    }
#pragma unroll
    for (int q = 0; q < Queries; q++) scores[half][q][mine] = score[q];
    __syncthreads();

    if (warp < Queries) {
      float weights[kSpanPositions / 32], high = lowest(), sum = 0.0f;
      for (int i = 0; i < kSpanPositions / 32; i++) {
        const int p = lane + 32 * i;
        weights[i] = p >= hidden && p < count ? scores[0][warp][p] + scores[1][warp][p] : lowest();
        high = fmaxf(high, weights[i]);
      }
      high = join_warp(high, [](float x, float y) { return fmaxf(x, y); });
      for (int i = 0; i < kSpanPositions / 32; i++) {
        const int p = lane + 32 * i;
        const float weight = p >= hidden && p < count ? expf(weights[i] - high) : 0.0f;
        scores[0][warp][p] = weight;
        sum += weight;
      }
      sum = join_warp(sum, [](float x, float y) { return x + y; });
      if (lane == 0) {
        most[warp] = high;
        total[warp] = sum;
      }
    }
    __syncthreads();

    // Threads that the dimensions leave over share the positions.
    const int width = size <= 32 ? 32 : size <= 64 ? 64 : size <= 128 ? 128 : 256, parts = 256 / width;
    const int part = thread / width, d = thread % width, each = kSpanPositions / parts;
    float value[Queries] = {};
    if (d < size) {
      const int begin = part * each > hidden ? part * each : hidden;
      const int end = (part + 1) * each < count ? (part + 1) * each : count;
#pragma unroll 8
      for (int p = begin; p < end; p++) {
        const float v = element(plane + value_at(cache, lying[p]) + d);
#pragma unroll
        for (int q = 0; q < Queries; q++) value[q] = fmaf(scores[0][q][p], v, value[q]);
      }
    }
#pragma unroll
    for (int q = 0; q < Queries; q++) shares[(part * Queries + q) * width + d] = value[q];
    __syncthreads();
    for (int i = thread; i < Queries * size; i += 256) {
      const int q = i / size, dimension = i % size;
      float sum = 0.0f;
      for (int s = 0; s < parts; s++) sum += shares[(s * Queries + q) * width + dimension];
      sums[q][dimension] = Join(most_yet[q], most[q])(sums[q][dimension], sum);
    }
    __syncthreads();
    if (thread < Queries) {
      const Join join(most_yet[thread], most[thread]);
      total_yet[thread] = join(total_yet[thread], total[thread]);
      most_yet[thread] = join.most;
    }
  }
  __syncthreads();
  for (int i = thread; i < members * (size + 2); i += 256) {
    const int q = i / (size + 2), d = i % (size + 2);
    float* partial = a.partials + ((head + q) * gridDim.x + blockIdx.x) * (size + 2);
    partial[d] = d < size ? sums[q][d] : d == size ? most_yet[q] : total_yet[q];
  }
}

__device__ __forceinline__ void join_spans(const JoinArguments& a) {
  const PassToken token = a.tokens[blockIdx.x];
  const int size = a.head_size, columns = a.heads * size;
  const int own = token.position / kSpanPositions + 1 - first_span(token.position, a.window);
  const int spans = token.slot < 0 ? 0 : a.split ? own : 1;
  float* output = a.output + static_cast<size_t>(blockIdx.x) * columns;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) {
    const size_t head = static_cast<size_t>(blockIdx.x) * a.heads + i / size;
    float sum = 0.0f, most = lowest(), total = 0.0f;
#pragma unroll 4
    for (int span = 0; span < spans; span++) {
      const float* partial = a.partials + (head * a.parts + span) * (size + 2);
      const Join join(most, partial[size]);
      sum = join(sum, partial[i % size]);
      total = join(total, partial[size + 1]);
      most = join.most;
    }
    output[i] = token.slot < 0 ? 0.0f : sum / total;
  }
  if (a.halves == nullptr) return;
  // A thread reads what it has written itself.
  round_row([&](int i) { return output[i]; }, columns,
            a.halves + static_cast<size_t>(blockIdx.x) * tiles_across(columns) * kTileColumns, a.scales + blockIdx.x);
}

/// The element `index` of an entry: its key, then its value.
__device__ __forceinline__ size_t entry_at(const MoveArguments& a, int index) {
  const int *place = a.places + 2 * blockIdx.x, size = a.cache.head_size;
  const size_t plane = plane_at(a.cache, blockIdx.y / a.cache.kv_heads, place[0], blockIdx.y % a.cache.kv_heads);
  return plane + (index < size ? key_at(a.cache, place[1]) + static_cast<size_t>(index) * kKeyPositions
                               : value_at(a.cache, place[1]) + index - size);
}

template <class Element, bool gather>
__device__ __forceinline__ void move_elements(const MoveArguments& a) {
  const int entry = 2 * a.cache.head_size;
  Element* memory = static_cast<Element*>(a.cache.memory);
  Element* room = static_cast<Element*>(a.room) + (static_cast<size_t>(blockIdx.x) * gridDim.y + blockIdx.y) * entry;
  for (int i = threadIdx.x; i < entry; i += blockDim.x) {
    if (gather) room[i] = memory[entry_at(a, i)];
    else memory[entry_at(a, i)] = room[i];
  }
}

__device__ __forceinline__ void gather_entries(const MoveArguments& a) {
  if (a.cache.half) move_elements<uint16_t, true>(a);
  else move_elements<float, true>(a);
}

__device__ __forceinline__ void scatter_entries(const MoveArguments& a) {
  if (a.cache.half) move_elements<uint16_t, false>(a);
  else move_elements<float, false>(a);
}

}  // namespace foretoken::cuda

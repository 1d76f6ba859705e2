#include "attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "scratch.h"

namespace foretoken {
namespace {

/// Queries of one task: their scores for a span stay in the first-level cache.
constexpr int kTaskQueries = 32;
/// Positions that are scored before their values are summed.
constexpr int kSpan = 256;
/// Positions that are worth a task of their own.
constexpr int kShortestSplit = 128;
/// Below this, writing the cache on one thread is faster than waking another.
constexpr int kParallelTokens = 16;

constexpr float kNothing = -std::numeric_limits<float>::infinity();

/// Some queries of a key head against some positions.
struct Task {
  int sequence;
  int head;
  int first_token;
  int tokens;
  int from;
  int to;
  /// Where its sums go when another task has the rest of the positions; -1 when it has all.
  int partial;
  int splits;
};

struct Plan {
  std::vector<Task> tasks;
  int partials = 0;
};

/// Everything that the tasks of one call read.
struct Call {
  const Step& step;
  const Cache& cache;
  int layer;
  /// [kv_heads][tokens][group][head_size], rotated and scaled.
  const float* queries;
  float* output;
  /// [partials][kTaskQueries...][padded_head + 2]: sums, then maximum and sum of weights.
  float* partials;
  int queries_per_task;

  int group() const { return cache.shape().heads / cache.shape().kv_heads; }
  size_t partial_size() const { return static_cast<size_t>(queries_per_task) * (cache.padded_head() + 2); }
};

Plan plan_tasks(const Step& step, const Cache& cache, int threads) {
  const int kv_heads = cache.shape().kv_heads;
  const int group = cache.shape().heads / kv_heads;
  const int tile = std::max(1, kTaskQueries / group);
  int whole = 0;
  for (const StepSequence& sequence : step.sequences) whole += kv_heads * ((sequence.count + tile - 1) / tile);
  const int wanted = threads == 1 ? 1 : (3 * threads + whole - 1) / whole;
  Plan plan;
  for (size_t s = 0; s < step.sequences.size(); s++) {
    const StepSequence& sequence = step.sequences[s];
    for (int first = 0; first < sequence.count; first += tile) {
      const int tokens = std::min(tile, sequence.count - first);
      const int end = sequence.start + first + tokens;
      const int splits = std::clamp(end / kShortestSplit, 1, wanted);
      const int blocks = (end + kKeyBlock - 1) / kKeyBlock;
      for (int head = 0; head < kv_heads; head++) {
        for (int split = 0; split < splits; split++) {
          const int from = blocks * split / splits * kKeyBlock;
          const int to = std::min(end, blocks * (split + 1) / splits * kKeyBlock);
          plan.tasks.push_back({static_cast<int>(s), head, first, tokens, from, to,
                                splits == 1 ? -1 : plan.partials++, splits});
        }
      }
    }
  }
  return plan;
}

void rotate(float* x, const float* rotation, int size, float scale) {
  for (int pair = 0; pair < size; pair += 2) {
    const float cosine = rotation[pair] * scale, sine = rotation[pair + 1] * scale;
    const float even = x[pair], odd = x[pair + 1];
    x[pair] = even * cosine - odd * sine;
    x[pair + 1] = even * sine + odd * cosine;
  }
}

void head_norm(const float* from, const Vector* norm, int size, float* to) {
  if (norm == nullptr) {
    std::memcpy(to, from, size * sizeof(float));
    return;
  }
  const float mean = kernels().sum_of_squares(from, size) / static_cast<float>(size);
  kernels().scale(from, 1.0f / std::sqrt(mean + norm->epsilon), norm->values.data(), size, to);
}

/// Rotates a token's queries into `queries` and writes its key and value to the cache.
void take_token(const Step& step, Cache& cache, const AttentionOptions& options, const StepSequence& sequence, int t,
                const float* input, float* queries) {
  const CacheShape& shape = cache.shape();
  const int size = shape.head_size, group = shape.heads / shape.kv_heads;
  const int token = sequence.first + t;
  const float* row = input + static_cast<size_t>(token) * (shape.heads + 2 * shape.kv_heads) * size;
  const float* rotation = cache.rotation(step.positions[token]);
  const float scale = 1.0f / std::sqrt(static_cast<float>(size));
  for (int head = 0; head < shape.heads; head++) {
    float* query = queries + ((static_cast<size_t>(head / group) * step.tokens + token) * group + head % group) * size;
    head_norm(row + head * size, options.query_norm, size, query);
    rotate(query, rotation, size, scale);
  }
  thread_local Scratch memory;
  float* key = memory.take(size);
  const int position = sequence.start + t;
  for (int head = 0; head < shape.kv_heads; head++) {
    head_norm(row + (shape.heads + head) * size, options.key_norm, size, key);
    rotate(key, rotation, size, 1.0f);
    cache.write(options.layer, sequence.slot, head, position, key, row + (shape.heads + shape.kv_heads + head) * size);
  }
}

/// Takes from the scores of positions [from, to) those that token `t` must not see.
void mask_scores(const Step& step, const StepSequence& sequence, int t, int from, int to, float* scores) {
  const int first = std::max(from, sequence.start);
  if (first >= to) return;
  if (sequence.chain) {
    const int hidden = std::max(first, sequence.start + t + 1);
    if (hidden < to) std::fill(scores + (hidden - from), scores + (to - from), kNothing);
    return;
  }
  // The path up from the token falls strictly, so one walk down the positions meets all of it.
  int ancestor = t;
  for (int position = to - 1; position >= first; position--) {
    const int node = position - sequence.start;
    while (ancestor > node) ancestor = step.parents[sequence.first + ancestor];
    if (ancestor != node) scores[position - from] = kNothing;
  }
}

void run_task(const Call& call, const Task& task) {
  const Cache& cache = call.cache;
  const StepSequence& sequence = call.step.sequences[task.sequence];
  const int size = cache.shape().head_size, padded = cache.padded_head(), group = call.group();
  const int count = task.tokens * group;
  const float* queries =
      call.queries +
      (static_cast<size_t>(task.head) * call.step.tokens + sequence.first + task.first_token) * group * size;
  thread_local Scratch memory, room;
  float* scores = memory.take(static_cast<size_t>(count) * (kSpan + padded + 2));
  float* widened = cache.shape().half ? room.take(static_cast<size_t>(kSpan) * padded) : nullptr;
  float* sums = scores + static_cast<size_t>(count) * kSpan;
  float* maxima = sums + static_cast<size_t>(count) * padded;
  float* totals = maxima + count;
  std::fill(sums, maxima, 0.0f);
  std::fill(maxima, totals, kNothing);
  std::fill(totals, totals + count, 0.0f);

  for (int from = task.from; from < task.to; from += kSpan) {
    const int to = std::min(task.to, from + kSpan);
    for (int block = from; block < to; block += kKeyBlock) {
      kernels().scores(queries, count, size, cache.keys(call.layer, sequence.slot, task.head, block, widened),
                       scores + (block - from), kSpan);
    }
    for (int q = 0; q < count; q++) {
      float* row = scores + static_cast<size_t>(q) * kSpan;
      mask_scores(call.step, sequence, task.first_token + q / group, from, to, row);
      const float most = *std::max_element(row, row + (to - from));
      if (most == kNothing) {
        std::fill(row, row + (to - from), 0.0f);
        continue;
      }
      if (most > maxima[q]) {
        const float fade = maxima[q] == kNothing ? 0.0f : std::exp(maxima[q] - most);
        for (int d = 0; d < padded; d++) sums[q * padded + d] *= fade;
        totals[q] *= fade;
        maxima[q] = most;
      }
      totals[q] += kernels().exponentials(row, to - from, maxima[q]);
    }
    const float* values = cache.values(call.layer, sequence.slot, task.head, from, to - from, widened);
    kernels().weighted(scores, kSpan, count, to - from, values, padded, sums);
  }

  if (task.partial >= 0) {
    std::memcpy(call.partials + task.partial * call.partial_size(), sums,
                static_cast<size_t>(count) * (padded + 2) * sizeof(float));
    return;
  }
  for (int q = 0; q < count; q++) {
    const int token = sequence.first + task.first_token + q / group;
    float* out = call.output + (static_cast<size_t>(token) * cache.shape().heads + task.head * group + q % group) * size;
    kernels().scale(sums + static_cast<size_t>(q) * padded, 1.0f / totals[q], nullptr, size, out);
  }
}

/// Joins the sums of the tasks that share queries; `first` is the first of them.
void merge_splits(const Call& call, const Task& first) {
  const Cache& cache = call.cache;
  const StepSequence& sequence = call.step.sequences[first.sequence];
  const int size = cache.shape().head_size, padded = cache.padded_head(), group = call.group();
  const int count = first.tokens * group;
  const auto part = [&](int split) { return call.partials + (first.partial + split) * call.partial_size(); };
  for (int q = 0; q < count; q++) {
    const size_t maximum_at = static_cast<size_t>(count) * padded + q;
    float most = kNothing;
    for (int split = 0; split < first.splits; split++) most = std::max(most, part(split)[maximum_at]);
    const int token = sequence.first + first.first_token + q / group;
    float* out = call.output + (static_cast<size_t>(token) * cache.shape().heads + first.head * group + q % group) * size;
    std::fill(out, out + size, 0.0f);
    float total = 0;
    for (int split = 0; split < first.splits; split++) {
      const float maximum = part(split)[maximum_at];
      if (maximum == kNothing) continue;
      const float weight = std::exp(maximum - most);
      total += weight * part(split)[maximum_at + count];
      for (int d = 0; d < size; d++) out[d] += weight * part(split)[static_cast<size_t>(q) * padded + d];
    }
    for (int d = 0; d < size; d++) out[d] /= total;
  }
}

}  // namespace

bool fits(const Step& step, const Cache& cache, std::string* error) {
  for (const StepSequence& sequence : step.sequences) {
    if (sequence.slot >= cache.shape().slots || sequence.count > cache.shape().capacity - sequence.start) {
      *error = "slot " + std::to_string(sequence.slot) + " with " + std::to_string(sequence.start) + " + " +
               std::to_string(sequence.count) + " tokens is beyond a cache of " + std::to_string(cache.shape().slots) +
               " slots of " + std::to_string(cache.shape().capacity) + " positions";
      return false;
    }
  }
  for (const int position : step.positions) {
    if (position >= cache.rotation_positions()) {
      *error = "position " + std::to_string(position) + " is beyond the " +
               std::to_string(cache.rotation_positions()) + " positions of the rotation table";
      return false;
    }
  }
  return true;
}

void attention(ThreadPool& pool, const Step& step, Cache& cache, const AttentionOptions& options, const float* input,
               float* output) {
  if (step.tokens == 0) return;
  const CacheShape& shape = cache.shape();
  thread_local Scratch query_memory, partial_memory;
  // A pointer, since the name means another thread's memory inside a loop of the pool.
  float* queries = query_memory.take(static_cast<size_t>(step.tokens) * shape.heads * shape.head_size);

  std::vector<const StepSequence*> owner(step.tokens);
  for (const StepSequence& sequence : step.sequences) {
    std::fill_n(owner.begin() + sequence.first, sequence.count, &sequence);
  }
  const auto take = [&](int token) {
    take_token(step, cache, options, *owner[token], token - owner[token]->first, input, queries);
  };
  if (step.tokens > kParallelTokens) pool.run(step.tokens, take);
  else for (int token = 0; token < step.tokens; token++) take(token);

  const Plan plan = plan_tasks(step, cache, pool.threads());
  Call call{step, cache, options.layer, queries, output, nullptr, 0};
  call.queries_per_task = std::max(1, kTaskQueries / call.group()) * call.group();
  call.partials = partial_memory.take(plan.partials * call.partial_size());
  pool.run(static_cast<int>(plan.tasks.size()), [&](int index) { run_task(call, plan.tasks[index]); });
  if (plan.partials == 0) return;
  for (size_t i = 0; i < plan.tasks.size(); i += plan.tasks[i].splits) {
    if (plan.tasks[i].partial >= 0) merge_splits(call, plan.tasks[i]);
  }
}

}  // namespace foretoken

#include "attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "attention-spans.h"
#include "normalise.h"
#include "scratch.h"

namespace foretoken {
namespace {

/// Queries of one task: their scores for a span stay in the first-level cache.
constexpr int kTaskQueries = 32;
/// A sequence of no more queries is one task: what it has in the cache is then read from memory once.
constexpr int kSharedQueries = 64;
/// Below this, writing the cache on one thread is faster than waking another.
constexpr int kParallelTokens = 16;

/// Some queries of a key head against the spans [from, to).
struct Task {
  int sequence;
  int head;
  int first_token;
  int tokens;
  /// The first span that one of its queries sees, and those of this task.
  int first_span;
  int from;
  int to;
  /// Where the sums of its queries' first span go when several tasks have their spans; -1 when this one has all.
  int partial;
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
  int window;
  /// [kv_heads][tokens][group][head_size], rotated and scaled.
  const float* queries;
  float* output;
  /// [partials], each the sums of a task's queries over one span.
  float* partials;
  int queries_per_task;

  QueryTile tile(const Task& task) const {
    const StepSequence& sequence = step.sequences[task.sequence];
    const CacheShape& shape = cache.shape();
    const size_t first = static_cast<size_t>(task.head) * step.tokens + sequence.first + task.first_token;
    return {step, sequence, cache, layer, window, task.head, task.first_token, task.tokens,
            queries + first * (shape.heads / shape.kv_heads) * shape.head_size};
  }
  Sums partial(int index, int count) const {
    return Sums::in(partials + index * Sums::size(queries_per_task, cache.padded_head()), count, cache.padded_head());
  }
};

int tokens_of_task(int tokens, int group) {
  return tokens * group <= kSharedQueries ? tokens : std::max(1, kTaskQueries / group);
}

Plan plan_tasks(const Step& step, const Cache& cache, int window, int threads) {
  const int kv_heads = cache.shape().kv_heads;
  const int group = cache.shape().heads / kv_heads;
  int whole = 0;
  for (const StepSequence& sequence : step.sequences) {
    const int most = tokens_of_task(sequence.count, group);
    whole += kv_heads * ((sequence.count + most - 1) / most);
  }
  const int wanted = threads == 1 ? 1 : (3 * threads + whole - 1) / whole;
  Plan plan;
  for (size_t s = 0; s < step.sequences.size(); s++) {
    const StepSequence& sequence = step.sequences[s];
    const int most = tokens_of_task(sequence.count, group);
    for (int first = 0; first < sequence.count; first += most) {
      const int tokens = std::min(most, sequence.count - first);
      const QueryTile tile{step, sequence, cache, 0, window, 0, first, tokens, nullptr};
      // The spans of a tree are one task's: its scores are put in order once.
      const int seen = tile.first_span(), parts = std::min(tile.spans(), tile.first_of_tree() + 1) - seen;
      const int splits = std::min(parts, wanted);
      for (int head = 0; head < kv_heads; head++) {
        const int partial = splits == 1 ? -1 : plan.partials;
        if (splits > 1) plan.partials += tile.spans();
        for (int split = 0; split < splits; split++) {
          const int from = seen + parts * split / splits;
          const int to = split + 1 == splits ? tile.spans() : seen + parts * (split + 1) / splits;
          plan.tasks.push_back({static_cast<int>(s), head, first, tokens, seen, from, to, partial});
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
  if (norm == nullptr) std::memcpy(to, from, size * sizeof(float));
  else normalise(*norm, from, size, to);
}

/// Rotates a token's queries into `queries` and writes its key and value to the cache.
void take_token(const Step& step, Cache& cache, const AttentionOptions& options, const StepSequence& sequence, int t,
                const float* input, float* queries) {
  const CacheShape& shape = cache.shape();
  const int size = shape.head_size, group = shape.heads / shape.kv_heads;
  const int token = sequence.first + t;
  const float* row = input + static_cast<size_t>(token) * (shape.heads + 2 * shape.kv_heads) * size;
  const float* rotation = cache.rotation(options.rotation, step.positions[token]);
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

/// Divides the sums by their weights, into the output.
void put(const Call& call, const QueryTile& tile, const Sums& sums) {
  const CacheShape& shape = call.cache.shape();
  const int group = tile.group();
  for (int q = 0; q < tile.count(); q++) {
    const size_t token = tile.sequence.first + tile.first_token + q / group;
    float* out = call.output + (token * shape.heads + tile.head * group + q % group) * shape.head_size;
    kernels().scale(sums.values + static_cast<size_t>(q) * call.cache.padded_head(), 1.0f / sums.totals[q], nullptr,
                    shape.head_size, out);
  }
}

void run_task(const Call& call, const Task& task) {
  const QueryTile tile = call.tile(task);
  const int count = tile.count(), padded = call.cache.padded_head();
  thread_local Scratch memory;
  float* room = memory.take(2 * Sums::size(count, padded));
  const Sums whole = Sums::in(room, count, padded), one = Sums::in(room + Sums::size(count, padded), count, padded);
  const bool alone = task.partial < 0;
  if (alone) clear(whole, count, padded);
  const auto each = [&](int from, int to, auto sum) {
    for (int span = from; span < to; span++) {
      const Sums sums = alone ? one : call.partial(task.partial + span, count);
      sum(span, sums);
      if (alone) join(whole, sums, count, padded);
    }
  };
  const int tree = std::min(task.to, tile.first_of_tree());
  each(task.from, tree, [&](int span, const Sums& sums) { sum_span(tile, span, sums); });
  if (tree < task.to) {
    const TreeSpans spans(tile);
    each(tree, task.to, [&](int span, const Sums& sums) { spans.sum(span, sums); });
  }
  if (alone) put(call, tile, whole);
}

/// Joins the spans of queries that several tasks have summed; `task` is one of them.
void join_spans(const Call& call, const Task& task) {
  const QueryTile tile = call.tile(task);
  const int count = tile.count(), padded = call.cache.padded_head();
  thread_local Scratch memory;
  const Sums whole = Sums::in(memory.take(Sums::size(count, padded)), count, padded);
  clear(whole, count, padded);
  for (int span = task.first_span; span < tile.spans(); span++) join(whole, call.partial(task.partial + span, count), count, padded);
  put(call, tile, whole);
}

}  // namespace

bool fits(const Step& step, const KvCache& cache, std::string* error) {
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

  const Plan plan = plan_tasks(step, cache, options.window, pool.threads());
  Call call{step, cache, options.layer, options.window, queries, output, nullptr, 0};
  const int group = shape.heads / shape.kv_heads;
  call.queries_per_task = std::max(1, kSharedQueries / group) * group;
  call.partials = partial_memory.take(plan.partials * Sums::size(call.queries_per_task, cache.padded_head()));
  pool.run(static_cast<int>(plan.tasks.size()), [&](int index) { run_task(call, plan.tasks[index]); });
  for (const Task& task : plan.tasks) {
    if (task.partial >= 0 && task.from == task.first_span) join_spans(call, task);
  }
}

}  // namespace foretoken

// Rotary embedding, write to the KV cache, and grouped-query attention with a tree mask.
#pragma once

#include <string>

#include "cache.h"
#include "step.h"
#include "thread-pool.h"
#include "weights.h"

namespace foretoken {

struct AttentionOptions {
  int layer = 0;
  /// Which of the cache's rotation tables.
  int rotation = 0;
  /// Positions that a token sees, its own and those before it; 0 for all.
  int window = 0;
  /// RMS norms of each query and key head before rotation, [head_size]; null for none.
  const Vector* query_norm = nullptr;
  const Vector* key_norm = nullptr;
};

/// Whether a pass fits the cache; `error` says why not.
bool fits(const Step& step, const KvCache& cache, std::string* error);

/// input [tokens, (heads + 2 kv_heads) * head_size] holds query, key, value side by side -> output
/// [tokens, heads * head_size]. Pairs of neighbouring dimensions are rotated.
void attention(ThreadPool& pool, const Step& step, Cache& cache, const AttentionOptions& options, const float* input,
               float* output);

}  // namespace foretoken

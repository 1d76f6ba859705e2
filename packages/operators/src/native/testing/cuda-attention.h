// Attention of the CUDA kernels against its definition, and the bits of trees, pieces and batches against single tokens.
#pragma once

#include "../step.h"
#include "cuda-launch.h"
#include "plain-attention.h"

namespace foretoken::cuda {

/// Passes of attention over a cache of their own.
struct AttentionRun {
  CacheShape shape;
  int capacity;
  std::vector<float> rotation;
  int window;
  std::vector<uint8_t> memory;
  std::shared_ptr<Vector> norm;

  CacheArguments cache() {
    return {memory.data(), shape.half ? 1 : 0, shape.slots, shape.kv_heads, shape.heads, shape.head_size, capacity};
  }
  int width() const { return (shape.heads + 2 * shape.kv_heads) * shape.head_size; }
  int result() const { return shape.heads * shape.head_size; }

  /// The result of tokens, after `tokens` was read into the cache; `rounded` is what the next product takes.
  std::vector<float> pass(const std::vector<PassToken>& tokens, const float* input, bool split, int layer,
                          RoundedRows* rounded = nullptr) {
    const unsigned n = static_cast<unsigned>(tokens.size());
    const unsigned heads = static_cast<unsigned>(shape.heads), kv_heads = static_cast<unsigned>(shape.kv_heads);
    std::vector<float> queries(static_cast<size_t>(n) * result(), NAN);
    RotateArguments rotate{};
    rotate.cache = cache();
    rotate.tokens = tokens.data();
    rotate.input = input;
    rotate.rotation = rotation.data();
    rotate.query_norm = rotate.key_norm = norm ? norm->values.data() : nullptr;
    rotate.query_epsilon = rotate.key_epsilon = norm ? norm->epsilon : 0;
    rotate.queries = queries.data();
    rotate.layer = layer;
    launch("rotate_and_store", {n, heads + 2 * kv_heads}, 128, rotate);

    const int group = shape.heads / shape.kv_heads;
    const int together = group >= 5 ? 8 : group >= 3 ? 4 : group;
    // One more than the longest needs, as in a graph for longer ones.
    const int seen = window == 0 ? capacity : std::min(capacity, window + kSpanPositions - 1);
    const int parts = split ? static_cast<int>(parts_of(seen, kSpanPositions)) + 1 : 1;
    std::vector<float> partials(static_cast<size_t>(n) * heads * parts * (shape.head_size + 2), NAN);
    const AttendArguments attend{cache(), tokens.data(), queries.data(), partials.data(), layer, split ? 1 : 0, window};
    launch(std::string("attend_") + (shape.half ? "half_" : "float_") + std::to_string(together),
           {static_cast<unsigned>(parts), kv_heads * parts_of(group, together), n}, 256, attend);

    std::vector<float> output(static_cast<size_t>(n) * result(), NAN);
    JoinArguments join{tokens.data(), partials.data(),    output.data(), nullptr,         nullptr,
                       parts,         split ? 1 : 0, window,        shape.heads,     shape.head_size};
    if (rounded != nullptr) {
      *rounded = {result(), {}, std::vector<float>(n)};
      rounded->halves.assign(n * rounded->padded(), 0xffff);
      join.halves = rounded->halves.data();
      join.scales = rounded->scales.data();
    }
    launch("join_spans", {n}, kRowThreads, join);
    return output;
  }
};

/// Appends a sequence's tokens with these parents to a pass.
inline void append_sequence(std::vector<PassToken>* pass, int slot, int start, const std::vector<int>& parents) {
  const size_t first = pass->size();
  bool chain = true;
  for (size_t node = 0; node < parents.size(); node++) chain = chain && parents[node] == static_cast<int>(node) - 1;
  for (size_t node = 0; node < parents.size(); node++) {
    const int parent = parents[node];
    const int position = parent < 0 ? start : (*pass)[first + static_cast<size_t>(parent)].position + 1;
    pass->push_back({0, slot, start, static_cast<int>(first), static_cast<int>(node), parent, position, chain ? 1 : 0});
  }
}

inline std::vector<int> chain_of(int count) {
  std::vector<int> parents;
  for (int node = 0; node < count; node++) parents.push_back(node - 1);
  return parents;
}

inline AttentionRun random_attention(Random& random, int capacity) {
  const int sizes[] = {2 * between(random, 1, 40), 64, 128, 2 * between(random, 41, 128), 256};
  const int kv_heads = between(random, 1, 2), size = sizes[between(random, 0, 4)];
  AttentionRun run{{2, kv_heads * between(random, 1, 9), kv_heads, size, 3, capacity, between(random, 0, 1) == 1},
                   (capacity + kKeyPositions - 1) / kKeyPositions * kKeyPositions,
                   {},
                   between(random, 0, 1) == 0 ? 0 : between(random, 1, between(random, 0, 1) == 0 ? 10 : capacity),
                   {},
                   nullptr};
  run.rotation = floats(random, static_cast<size_t>(capacity) * size);
  const size_t plane = cache_plane(run.capacity, size);
  // NaN in halves and floats: what was never written must not be read.
  run.memory.assign(plane * 2 * 3 * kv_heads * (run.shape.half ? 2 : 4), 0xff);
  if (between(random, 0, 1) == 1) run.norm = random_norm(random, size);
  return run;
}

/// A prompt of `start` tokens in pieces, then a tree beside another sequence and rows that only fill the pass. Each token has
/// the bits that its own path has, read token by token in another slot.
inline void check_attention(Random& random, int start) {
  const int capacity = start + 50, layer = between(random, 0, 1);
  AttentionRun run = random_attention(random, capacity);
  const size_t width = static_cast<size_t>(run.width()), result = static_cast<size_t>(run.result());
  const std::vector<float> context = floats(random, static_cast<size_t>(std::max(1, start)) * width);
  std::vector<float> prompt;
  if (start > 0) {
    std::vector<PassToken> tokens;
    append_sequence(&tokens, 1, 0, chain_of(start));
    prompt = run.pass(tokens, context.data(), false, layer);
  }
  for (int i = 0; i < 5 && start > 0; i++) {
    const int position = between(random, 0, start - 1);
    std::vector<PassToken> token;
    append_sequence(&token, 1, position, {-1});
    const auto output = run.pass(token, context.data() + static_cast<size_t>(position) * width, true, layer);
    check_bits("a token alone", output.data(), prompt.data() + static_cast<size_t>(position) * result, result);
  }
  for (int from = 0; from < start;) {
    const int count = between(random, 1, start - from);
    std::vector<PassToken> piece;
    append_sequence(&piece, 0, from, chain_of(count));
    const auto output = run.pass(piece, context.data() + static_cast<size_t>(from) * width, between(random, 0, 1) == 1, layer);
    check_bits("a piece of a prompt", output.data(), prompt.data() + static_cast<size_t>(from) * result, output.size());
    from += count;
  }

  std::vector<int> parents;
  const int count = between(random, 1, 16), straight = between(random, 0, 10);
  for (int t = 0; t < count; t++) {
    parents.push_back(between(random, 0, 9) < straight ? t - 1 : between(random, -1, t - 1));
  }
  std::vector<PassToken> pass;
  append_sequence(&pass, 2, 0, {-1, 0});
  append_sequence(&pass, 0, start, parents);
  PassToken filler{};
  filler.slot = -1;
  filler.parent = -1;
  filler.chain = 1;
  pass.push_back(filler);
  const std::vector<float> input = floats(random, pass.size() * width);
  RoundedRows rounded;
  const auto split = run.pass(pass, input.data(), true, layer, &rounded);
  const auto whole = run.pass(pass, input.data(), false, layer);
  check_bits("spans of one block", whole.data(), split.data(), split.size());
  for (size_t i = 0; i < pass.size(); i++) {
    float most = 0;
    for (size_t d = 0; d < result; d++) most = std::fmax(most, std::fabs(split[i * result + d]));
    for (size_t d = 0; d < result; d++) {
      const double value = split[i * result + d];
      check("rounded attention", rounded.value(static_cast<int>(i), static_cast<int>(d)), value,
            std::ldexp(std::fabs(value), -11) + std::ldexp(most, -38));
      if (pass[i].slot < 0) check("attention of nothing", value, 0, 0);
    }
  }
  AttentionOptions options;
  options.query_norm = options.key_norm = run.norm.get();
  options.window = run.window;
  for (int token = 0; token < count; token++) {
    std::vector<int> path;
    for (int node = token; node >= 0; node = parents[static_cast<size_t>(node)]) path.insert(path.begin(), node);
    std::vector<float> last;
    std::vector<const float*> rows;
    for (int position = 0; position < start; position++) rows.push_back(context.data() + static_cast<size_t>(position) * width);
    for (size_t depth = 0; depth < path.size(); depth++) {
      rows.push_back(input.data() + static_cast<size_t>(2 + path[depth]) * width);
      std::vector<PassToken> alone;
      append_sequence(&alone, 1, start + static_cast<int>(depth), {-1});
      last = run.pass(alone, rows.back(), true, layer);
    }
    const float* own = split.data() + static_cast<size_t>(2 + token) * result;
    check_bits("a token of a tree", own, last.data(), result);
    if (token % 4 != 0) continue;
    const std::vector<double> plain = plain_attention(run.shape, run.rotation.data(), options, rows);
    for (size_t d = 0; d < result; d++) check("attention", own[d], plain[d], run.shape.half ? 5e-3 : 2e-5);
  }
}

/// Entries move as a whole, all reads before all writes, and nothing else changes.
inline void check_moves(Random& random) {
  AttentionRun run = random_attention(random, 70);
  for (uint8_t& byte : run.memory) byte = static_cast<uint8_t>(random());
  const int count = between(random, 1, 20), layers = run.shape.layers, heads = run.shape.kv_heads;
  const size_t size = static_cast<size_t>(run.shape.head_size), element = run.shape.half ? 2 : 4;
  std::vector<int> from, to;
  std::vector<int> order(3 * 70);
  for (size_t i = 0; i < order.size(); i++) order[i] = static_cast<int>(i);
  std::shuffle(order.begin(), order.end(), random);
  for (int i = 0; i < count; i++) {
    const int source = between(random, 0, 3 * 70 - 1), target = order[static_cast<size_t>(i)];
    from.insert(from.end(), {source / 70, source % 70});
    to.insert(to.end(), {target / 70, target % 70});
  }
  const auto entry = [&](std::vector<uint8_t>& memory, int layer, int slot, int head, int position, size_t index) {
    const size_t plane = (static_cast<size_t>(layer) * 3 + slot) * heads + head;
    const size_t block = static_cast<size_t>(position / kKeyPositions * kKeyPositions);
    const size_t at = index < size ? block * size + index * kKeyPositions + position % kKeyPositions
                                   : (static_cast<size_t>(run.capacity) + position) * size + index - size;
    return memory.data() + (plane * cache_plane(run.capacity, run.shape.head_size) + at) * element;
  };
  std::vector<uint8_t> before = run.memory, expected = run.memory;
  for (int i = 0; i < count; i++) {
    for (int layer = 0; layer < layers; layer++) {
      for (int head = 0; head < heads; head++) {
        for (size_t d = 0; d < 2 * size; d++) {
          std::memcpy(entry(expected, layer, to[2 * i], head, to[2 * i + 1], d),
                      entry(before, layer, from[2 * i], head, from[2 * i + 1], d), element);
        }
      }
    }
  }
  std::vector<uint8_t> room(static_cast<size_t>(count) * layers * heads * 2 * size * element);
  const Grid grid{static_cast<unsigned>(count), static_cast<unsigned>(layers * heads)};
  launch("gather_entries", grid, 128, MoveArguments{run.cache(), from.data(), room.data()});
  launch("scatter_entries", grid, 128, MoveArguments{run.cache(), to.data(), room.data()});
  if (run.memory != expected) fail("moved entries", 0, 0);
}

}  // namespace foretoken::cuda

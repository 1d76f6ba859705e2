// Passes on a device against the CPU's exact arithmetic: prompts, trees, moves in the cache, guesses, graphs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../chain.h"
#include "../cuda/device-program.h"
#include "../top.h"
#include "check.h"
#include "random-program.h"
#include "rounded-program.h"

namespace foretoken {

using cuda::Accelerator;
using cuda::DeviceCache;
using cuda::DeviceProgram;

/// The same model on both, with a cache of its own each.
struct Pair {
  CacheShape shape;
  int vocabulary;
  std::shared_ptr<Cache> host_cache;
  std::shared_ptr<DeviceCache> device_cache;
  std::shared_ptr<Program> host, device;
  std::shared_ptr<RoundedProgram> twin;
};

inline std::vector<float> rotations(const CacheShape& shape) {
  std::vector<float> tables;
  for (const double base : {1e4, 1e2}) {
    if (tables.size() == static_cast<size_t>(shape.rotations) * shape.capacity * shape.head_size) break;
    for (int position = 0; position < shape.capacity; position++) {
      for (int pair = 0; pair < shape.head_size / 2; pair++) {
        const double angle = position * std::pow(base, -2.0 * pair / shape.head_size);
        tables.push_back(static_cast<float>(std::cos(angle)));
        tables.push_back(static_cast<float>(std::sin(angle)));
      }
    }
  }
  return tables;
}

inline Pair pair_of(const std::vector<Instruction>& list, const CacheShape& shape,
                    const std::shared_ptr<Accelerator>& accelerator, const std::vector<int32_t>& named = {}) {
  Pair pair{shape, list[0].matrix->rows, nullptr, nullptr, nullptr, nullptr, nullptr};
  std::string error;
  pair.host_cache = Cache::create(shape, rotations(shape), &error);
  pair.device_cache = DeviceCache::create(accelerator, shape, rotations(shape), &error);
  if (!pair.host_cache || !pair.device_cache) stop(error);
  pair.host = CpuProgram::create(list, pair.host_cache, named, &error);
  pair.device = DeviceProgram::create(list, pair.device_cache, named, &error);
  if (!pair.host || !pair.device) stop(error);
  pair.twin = std::make_shared<RoundedProgram>(list, Cache::create(shape, rotations(shape), &error));
  return pair;
}

/// `gemma`: of the kind that `ModelSizes::window` asks for.
inline Pair random_pair(Random& random, const std::shared_ptr<Accelerator>& accelerator, bool gemma) {
  const int kv_heads = between(random, 1, 2), size = 2 * between(random, 2, 20);
  // Windows within a span of attention and beyond.
  const int window = gemma ? between(random, 1, between(random, 0, 1) == 0 ? 12 : 150) : 0;
  const bool half = between(random, 0, 1) == 1;
  const CacheShape shape{2, kv_heads * between(random, 1, 3), kv_heads, size, 3, 200, half, gemma ? 2 : 1};
  const bool wide = between(random, 0, 1) == 1;
  const int unit = wide ? 256 : 32, vocabulary = between(random, 3, between(random, 0, 5) == 0 ? 5000 : 90);
  const auto format = [&] { return static_cast<Format>(between(random, 0, wide ? kFormats - 1 : 7)); };
  const ModelSizes sizes{unit * between(random, 1, wide ? 1 : 4), unit, vocabulary, Arithmetic::exact, window};
  std::vector<int32_t> named;
  if (between(random, 0, 1) == 1) {
    for (int token = vocabulary - 1; token >= 0; token--) named.push_back(token);
  }
  return pair_of(random_instructions(random, shape, sizes, format), shape, accelerator, named);
}

struct Pass {
  std::vector<int32_t> tokens, parents, sequences, scored;

  void add(Random& random, const Pair& pair, int slot, int start, int count, bool tree) {
    for (int t = 0; t < count; t++) {
      tokens.push_back(between(random, 0, pair.vocabulary - 1));
      parents.push_back(tree ? between(random, -1, t - 1) : t - 1);
    }
    sequences.insert(sequences.end(), {slot, start, count});
  }
};

using Rows = std::vector<std::vector<float>>;

inline void run_step(Program& program, const Pass& pass, const Step& step, int32_t* best) {
  std::string error;
  const int count = static_cast<int>(pass.scored.size());
  if (!program.run(*shared_pool(), pass.tokens.data(), step, pass.scored.data(), count, best, &error)) stop(error);
}

inline void run_only(Program& program, const Pass& pass, int32_t* best) {
  run_step(program, pass, step_of(pass.parents, pass.sequences), best);
}

inline Rows run(Program& program, const Pass& pass) {
  std::vector<int32_t> best(pass.scored.size());
  run_only(program, pass, best.data());
  Rows rows;
  for (int row = 0; row < program.rows(); row++) {
    const float* logits = program.logits(row);
    rows.emplace_back(logits, logits + program.width());
    const float most = *std::max_element(rows.back().begin(), rows.back().end());
    if (rows.back()[best[row]] != most) fail("best", rows.back()[best[row]], most);
  }
  return rows;
}

inline double size_of(const std::vector<float>& row) {
  double squares = 0;
  for (const float value : row) squares += static_cast<double>(value) * value;
  return std::sqrt(squares / static_cast<double>(row.size()));
}

/// How far off rows were, relative to their size.
struct Distance {
  double worst = 0, total = 0;
  int rows = 0;

  double mean() const { return total / std::max(1, rows); }
  double add(const float* actual, const std::vector<float>& expected) {
    double squares = 0;
    for (size_t i = 0; i < expected.size(); i++) {
      const double distance = static_cast<double>(actual[i]) - expected[i];
      if (!(std::fabs(distance) < 1e30)) fail("logit", actual[i], expected[i]);
      squares += distance * distance;
    }
    const double distance = std::sqrt(squares / static_cast<double>(expected.size())) / size_of(expected);
    worst = std::max(worst, distance);
    total += distance;
    rows++;
    return distance;
  }
};

/// From exact arithmetic, and from that with activations of 11 bits.
inline Distance from_exact, from_rounded;

/// Rounding to 11 bits itself moves a row by some 5e-4, and where a softmax is sharp by more. That one value of a row rounds
/// the other way, after sums in another order, moves it by some 1e-4.
constexpr double kFromExact = 1e-2;
/// More where sums have fewer bits, and more values round the other way.
inline double from_rounded_limit = 1e-3;

inline void check_same(const char* what, const std::vector<float>& actual, const std::vector<float>& expected) {
  check(what, static_cast<double>(actual.size()), static_cast<double>(expected.size()), 0);
  check_bits(what, actual.data(), expected.data(), actual.size());
}

inline void check_top(Program& program, const Rows& rows, int k) {
  const size_t count = rows.size() * k;
  std::vector<int32_t> tokens(count), expected(k);
  std::vector<float> logits(count);
  std::vector<double> sums(rows.size());
  program.top(*shared_pool(), k, tokens.data(), logits.data(), sums.data());
  for (size_t row = 0; row < rows.size(); row++) {
    highest(rows[row].data(), program.width(), k, expected.data());
    double sum = 0;
    for (const float logit : rows[row]) sum += std::exp(static_cast<double>(logit) - rows[row][expected[0]]);
    check("sum of exponentials", sums[row] / sum, 1, 1e-4);
    for (int i = 0; i < k; i++) {
      check("top token", tokens[row * k + i], expected[i], 0);
      check("top logit", logits[row * k + i], rows[row][expected[i]], 0);
    }
  }
}

inline Rows run_both(const Pair& pair, const char* what, const Pass& pass) {
  const Rows device = run(*pair.device, pass), host = run(*pair.host, pass);
  const Step step = step_of(pass.parents, pass.sequences);
  const std::vector<float> twin = pair.twin->run(*shared_pool(), pass.tokens.data(), step, pass.scored);
  for (size_t row = 0; row < device.size(); row++) {
    check(what, from_exact.add(device[row].data(), host[row]), 0, kFromExact);
    const auto own = twin.begin() + static_cast<ptrdiff_t>(row * device[row].size());
    check(what, from_rounded.add(device[row].data(), {own, own + static_cast<ptrdiff_t>(device[row].size())}), 0, from_rounded_limit);
  }
  return device;
}

inline void score_all(Pass* pass) {
  for (size_t i = 0; i < pass->tokens.size(); i++) pass->scored.push_back(static_cast<int32_t>(i));
}

inline void copy(const Pair& pair, const std::vector<int32_t>& from, const std::vector<int32_t>& to) {
  std::string error;
  const int count = static_cast<int>(from.size() / 2);
  if (!pair.host_cache->copy(from.data(), to.data(), count, &error) ||
      !pair.twin->cache().copy(from.data(), to.data(), count, &error) ||
      !pair.device_cache->copy(from.data(), to.data(), count, &error)) {
    stop(error);
  }
}

/// Prompts of two sequences in pieces, a tree behind each, the path that is kept, a fork of one, and each row alone.
inline void fuzz_passes(Random& random, const Pair& pair) {
  // Some reach beyond a span.
  int lengths[2] = {between(random, 0, 5) == 0 ? between(random, 120, 135) : between(random, 1, 20), between(random, 1, 9)};
  Pass prompt;
  for (int slot = 0; slot < 2; slot++) prompt.add(random, pair, slot, 0, lengths[slot], false);
  if (between(random, 0, 1) == 1) prompt.scored = {lengths[0] - 1, lengths[0] + lengths[1] - 1};
  const Rows whole = run_both(pair, "prompt", prompt);
  Pass tree;
  for (int slot = 0; slot < 2; slot++) tree.add(random, pair, slot, lengths[slot], between(random, 1, 9), true);
  score_all(&tree);
  const Rows scores = run_both(pair, "tree", tree);
  for (const int k : {1, std::min(7, pair.vocabulary), std::min(70, pair.vocabulary)}) check_top(*pair.device, scores, k);
  // Now they are kept in the pass itself.
  const Rows kept_in_pass = run(*pair.device, tree);
  for (size_t row = 0; row < scores.size(); row++) check_same("logits that are kept", kept_in_pass[row], scores[row]);

  // The path to the last token of the first sequence is kept.
  std::vector<int32_t> path, from, to;
  const int nodes = tree.sequences[2];
  for (int node = nodes - 1; node >= 0; node = tree.parents[node]) path.insert(path.begin(), node);
  for (size_t depth = 0; depth < path.size(); depth++) {
    from.insert(from.end(), {0, lengths[0] + path[depth]});
    to.insert(to.end(), {0, lengths[0] + static_cast<int32_t>(depth)});
  }
  copy(pair, from, to);
  const int kept = lengths[0] + static_cast<int>(path.size());
  // A fork of the first sequence in slot 2, and one token behind both.
  from.clear(), to.clear();
  for (int position = 0; position < kept; position++) {
    from.insert(from.end(), {0, position});
    to.insert(to.end(), {2, position});
  }
  copy(pair, from, to);
  Pass next;
  next.tokens = {1, 1};
  next.parents = {-1, -1};
  next.sequences = {0, kept, 1, 2, kept, 1};
  next.scored = {0, 1};
  const Rows after = run_both(pair, "after a fork", next);
  check_same("a fork goes on otherwise", after[1], after[0]);

  // The whole text anew, in another slot and in one pass, gives the same bits.
  Pass anew;
  anew.tokens.assign(prompt.tokens.begin(), prompt.tokens.begin() + lengths[0]);
  for (const int node : path) anew.tokens.push_back(tree.tokens[node]);
  anew.tokens.push_back(1);
  for (size_t t = 0; t < anew.tokens.size(); t++) anew.parents.push_back(static_cast<int32_t>(t) - 1);
  anew.sequences = {1, 0, static_cast<int32_t>(anew.tokens.size())};
  anew.scored = {static_cast<int32_t>(anew.tokens.size()) - 1, kept - 1};
  const Rows again = run(*pair.device, anew);
  check_same("a text read anew has other bits", again[0], after[0]);
  check_same("a path of a tree has other bits", again[1], scores[nodes - 1]);
  std::string error;
  if (!pair.device_cache->discard(1, 3, &error)) stop(error);
  if (pair.device_cache->discard(1, pair.shape.capacity + 1, &error)) fail("discard", 1, 0);
}

/// What sequences of a chain guessed, with room of its own.
struct Guesses {
  std::vector<int32_t> tokens, candidates;
  std::vector<float> confidences, probabilities;
  std::vector<ChainOutput> outputs;

  Guesses(Program& program, const std::vector<int32_t>& given, const std::vector<ChainInput>& inputs)
      : outputs(inputs.size()) {
    size_t most = 0, each = 0;
    for (const ChainInput& input : inputs) {
      most = std::max(most, static_cast<size_t>(input.most));
      each = std::max(each, static_cast<size_t>(input.candidates));
    }
    tokens.resize(inputs.size() * most);
    confidences.resize(tokens.size());
    candidates.resize(tokens.size() * each);
    probabilities.resize(candidates.size());
    for (size_t s = 0; s < inputs.size(); s++) {
      outputs[s] = {0, tokens.data() + s * most, confidences.data() + s * most, candidates.data() + s * most * each,
                    probabilities.data() + s * most * each};
    }
    std::string error;
    if (!chain(*shared_pool(), program, given.data(), inputs, outputs, &error)) stop(error);
  }
};

/// Chains of two sequences in one graph, to the bit what passes one by one give, and near to the CPU's.
inline void fuzz_chain(Random& random, const Pair& pair) {
  std::vector<int32_t> tokens;
  std::vector<ChainInput> inputs;
  const int candidates = between(random, 0, 1) == 0 ? 1 : std::min(between(random, 1, 4), pair.vocabulary);
  for (int slot = 0; slot < 2; slot++) {
    const float minimum = between(random, 0, 1) == 0 ? 0.0f : std::ldexp(1.0f, -between(random, 0, 20));
    inputs.push_back({slot, 0, between(random, 1, 9), between(random, 1, 7), minimum, candidates, 0, 1, 0, nullptr});
    for (int t = 0; t < inputs.back().count; t++) tokens.push_back(between(random, 0, pair.vocabulary - 1));
  }
  const Guesses at_once(*pair.device, tokens, inputs), on_host(*pair.host, tokens, inputs);
  // A third sequence that draws: passes are run one by one.
  const float uniform = 0.5f;
  inputs.push_back({2, 0, 1, 1, 0, std::min(2, pair.vocabulary), 1, 1, 0, &uniform});
  tokens.push_back(0);
  const Guesses by_passes(*pair.device, tokens, inputs);
  for (size_t s = 0; s < 2; s++) {
    const ChainOutput &own = at_once.outputs[s], &passes = by_passes.outputs[s], &host = on_host.outputs[s];
    check("guesses", own.count, passes.count, 0);
    for (int i = 0; i < own.count; i++) {
      check("guess", own.tokens[i], passes.tokens[i], 0);
      check("confidence", own.confidences[i], passes.confidences[i], 0);
      for (int c = 0; c < candidates; c++) {
        const int at = i * candidates + c;
        check("candidate", own.candidates[at], passes.candidates[at], 0);
        check("its probability", own.probabilities[at], passes.probabilities[at], 0);
      }
    }
    for (int i = 0; i < std::min(own.count, host.count); i++) {
      check("confidence on the CPU", own.confidences[i], host.confidences[i], 2e-2);
      // Rounding may choose one of two.
      if (own.tokens[i] != host.tokens[i]) break;
    }
  }
}

/// A shape that came before has its graph; a larger pass moves memory, and all is made anew.
inline void fuzz_graphs(Random& random, const Pair& pair) {
  const auto& program = static_cast<DeviceProgram&>(*pair.device);
  const auto graphs = [&](int count, int start) {
    Pass pass;
    pass.add(random, pair, 0, start, count, false);
    pass.scored = {count - 1};
    run_both(pair, "graph", pass);
    return program.graphs();
  };
  const size_t first = graphs(3, 0);
  // Its logits were asked for: the next pass keeps its own.
  if (graphs(3, 3) != first + 1 || graphs(3, 6) != first + 1) fail("a shape has two graphs", 2, 1);
  if (graphs(2, 9) != first + 2) fail("a new shape has no graph", 0, 1);
  check("graphs after a larger pass", static_cast<double>(graphs(70, 0)), 1, 0);
  Pass pass;
  pass.add(random, pair, 0, 0, 30, false);
  std::string error;
  const Step step = step_of(pass.parents, pass.sequences);
  const int32_t wrong = 30;
  int32_t best = 0;
  if (pair.device->run(*shared_pool(), pass.tokens.data(), step, &wrong, 1, &best, &error)) fail("scored row", 1, 0);
  const size_t instructions = pair.device->take_times().size();
  graphs(3, 12);
  const std::vector<double> times = pair.device->take_times();
  if (times.size() != instructions || !(times[1] > 0)) fail("times", times[1], 1);
}

}  // namespace foretoken

// Runs the kernels on random shapes, formats and trees, from several threads at once, against plain twins. Built by
// scripts/sanitize.mjs with sanitizers and by scripts/emulate-arm64.mjs for arm64. Usage: fuzz [seed] [rounds].
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "../flush-subnormals.h"
#include "../kernels.h"
#include "../program.h"
#include "check.h"
#include "check-rows-alone.h"
#include "fuzz-halves.h"
#include "fuzz-integer.h"
#include "fuzz-top.h"
#include "plain-attention.h"
#include "random-program.h"

namespace foretoken {
namespace {

void fuzz_linear(Random& random, ThreadPool& pool) {
  const auto format = static_cast<Format>(between(random, 0, kFormats - 1));
  const int unit = unit_of(format);
  const bool wide = between(random, 0, 3) == 0;
  const int columns = unit * between(random, 1, (wide ? 2000 : unit == 256 ? 512 : 160) / unit);
  const int rows = between(random, 1, 70), n = between(random, 1, 40);
  const auto matrix = random_matrix(random, rows, columns, format);
  const std::vector<float> weight = values_of(*matrix);
  const std::vector<float> x = floats(random, static_cast<size_t>(n) * columns);
  const std::vector<float> residual = floats(random, static_cast<size_t>(n) * rows);
  std::vector<float> y(static_cast<size_t>(n) * rows);
  LinearOptions options;
  options.weight = matrix.get();
  linear(pool, x.data(), n, options, y.data());
  check_rows_alone(options, x, n, y);
  options.residual = residual.data();
  linear(pool, x.data(), n, options, y.data());
  for (int m = 0; m < n; m++) {
    for (int r = 0; r < rows; r++) {
      const float* own = weight.data() + static_cast<size_t>(r) * columns;
      const double added = residual[m * rows + r];
      const Exact exact = exact_product(own, columns, [&](int c) { return x[m * columns + c]; });
      check("linear", y[m * rows + r], exact.sum + added, 1e-6 * (exact.size + std::fabs(added)));
    }
  }
}

/// A tree in one pass gives each token the bits that its own path, committed token by token in another slot by one thread,
/// gives the last of it.
void fuzz_attention(Random& random, ThreadPool& pool) {
  const int kv_heads = between(random, 1, 3), size = 2 * between(random, 1, 40);
  const bool half = between(random, 0, 1) == 1;
  const CacheShape shape{1, kv_heads * between(random, 1, 9), kv_heads, size, 2, 640, half, 2};
  const auto cache = random_cache(random, shape);
  const int width = (shape.heads + 2 * kv_heads) * size, out = shape.heads * size;
  const auto norm = random_norm(random, size);
  AttentionOptions options;
  if (between(random, 0, 1) == 1) options.query_norm = options.key_norm = norm.get();
  options.rotation = between(random, 0, 1);
  if (between(random, 0, 1) == 1) options.window = between(random, 1, between(random, 0, 1) == 0 ? 20 : 300);
  ThreadPool single(1);
  const auto pass = [&](ThreadPool& threads, const std::vector<int32_t>& parents, int slot, int first, const float* rows) {
    const Step step = step_of(parents, {slot, first, static_cast<int32_t>(parents.size())});
    std::vector<float> result(parents.size() * out);
    attention(threads, step, *cache, options, rows, result.data());
    return result;
  };
  const int start = between(random, 0, 1) == 1 ? between(random, 1, 500) : 0;
  const std::vector<float> context = floats(random, static_cast<size_t>(std::max(1, start)) * width);
  for (int from = 0; from < start;) {
    // A prompt in pieces of any size, against the whole.
    std::vector<int32_t> parents(between(random, 1, start - from));
    for (size_t t = 0; t < parents.size(); t++) parents[t] = static_cast<int32_t>(t) - 1;
    const auto piece = pass(pool, parents, 0, from, context.data() + static_cast<size_t>(from) * width);
    parents.resize(from + parents.size());
    for (size_t t = 0; t < parents.size(); t++) parents[t] = static_cast<int32_t>(t) - 1;
    const auto whole = pass(single, parents, 1, 0, context.data());
    const size_t done = static_cast<size_t>(from) * out;
    check_bits("a piece of a prompt", piece.data(), whole.data() + done, piece.size());
    from = static_cast<int>(parents.size());
  }
  const Step tree = random_step(random, start, between(random, 0, 4) == 0 ? 140 : 40);
  const std::vector<float> input = floats(random, static_cast<size_t>(tree.tokens) * width);
  const auto result = pass(pool, {tree.parents.begin(), tree.parents.end()}, 0, start, input.data());
  for (int token = 0; token < tree.tokens; token++) {
    std::vector<int> path;
    for (int node = token; node >= 0; node = tree.parents[node]) path.insert(path.begin(), node);
    std::vector<float> last;
    for (size_t depth = 0; depth < path.size(); depth++) {
      const float* row = input.data() + static_cast<size_t>(path[depth]) * width;
      last = pass(single, {-1}, 1, start + static_cast<int>(depth), row);
    }
    check_bits("a token of a tree", result.data() + static_cast<size_t>(token) * out, last.data(), out);
    if (token % 8 != 0) continue;
    std::vector<const float*> rows;
    for (int position = 0; position < start; position++) {
      rows.push_back(context.data() + static_cast<size_t>(position) * width);
    }
    for (const int node : path) rows.push_back(input.data() + static_cast<size_t>(node) * width);
    const std::vector<double> plain = plain_attention(shape, cache->rotation(options.rotation, 0), options, rows);
    for (int d = 0; d < out; d++) check("attention", last[d], plain[d], half ? 5e-3 : 2e-5);
  }
}

/// A small model: the rows of a pass at once have the bits of the same rows one after the other, on one thread.
void fuzz_program(Random& random, ThreadPool& pool) {
  const int width = 32 * between(random, 1, 3), size = 2 * between(random, 2, 10), vocabulary = between(random, 3, 90);
  const int window = between(random, 0, 1) == 0 ? 0 : between(random, 1, 40);
  const CacheShape shape{2, 4, 2, size, 2, 64, false, window > 0 ? 2 : 1};
  const auto format = [&] { return static_cast<Format>(between(random, 0, 7)); };
  const auto arithmetic = between(random, 0, 1) == 0 ? Arithmetic::exact : Arithmetic::integer;
  const std::vector<Instruction> list = random_instructions(random, shape, {width, 64, vocabulary, arithmetic, window}, format);
  std::string error;
  const auto program = CpuProgram::create(list, random_cache(random, shape), {}, &error);
  if (!program) stop(error);
  const int n = between(random, 1, 30);
  std::vector<int32_t> tokens(n), chain(n), scored(n), best(n);
  for (int i = 0; i < n; i++) {
    tokens[i] = between(random, 0, vocabulary - 1);
    chain[i] = i - 1;
    scored[i] = i;
  }
  ThreadPool single(1);
  const auto run = [&](ThreadPool& threads, int slot, int start, int count, int scored_count) {
    const Step step = step_of({chain.begin(), chain.begin() + count}, {slot, start, count});
    if (!program->run(threads, tokens.data() + start, step, scored.data(), scored_count, best.data(), &error)) stop(error);
  };
  run(pool, 0, 0, n, n);
  std::vector<float> together;
  for (int i = 0; i < n; i++) {
    together.insert(together.end(), program->logits(i), program->logits(i) + vocabulary);
    const float* row = program->logits(i);
    if (row[best[i]] != *std::max_element(row, row + vocabulary)) fail("best", best[i], 0);
  }
  for (int i = 0; i < n; i++) {
    run(single, 1, i, 1, between(random, 0, 3) == 0 && i + 1 < n ? 0 : 1);
    const float* row = program->logits(0);
    if (row == nullptr) continue;
    check_bits("a row of a program alone", row, together.data() + static_cast<size_t>(i) * vocabulary, vocabulary);
  }
}

void fuzz_pool(Random& random, ThreadPool& pool) {
  for (int loop = 0; loop < 50; loop++) {
    const int tasks = between(random, 0, 40);
    std::vector<int> done(tasks, 0);
    pool.run(tasks, [&](int task) { done[task]++; });
    for (const int count : done) check("pool", count, 1, 0);
    if (between(random, 0, 20) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void run_caller(unsigned seed, int rounds, ThreadPool& pool) {
  const FlushSubnormals flush;
  Random random(seed);
  for (int round = 0; round < rounds; round++) {
    fuzz_pool(random, pool);
    fuzz_linear(random, pool);
    fuzz_attention(random, pool);
    fuzz_program(random, pool);
    // The pool of the process may be replaced while its loops run.
    const std::shared_ptr<ThreadPool> shared = shared_pool();
    fuzz_integer_linear(random, *shared);
    fuzz_integer_infinities(random, *shared);
    fuzz_pool(random, *shared);
    if (between(random, 0, 3) == 0) set_pool_threads(between(random, 1, 4));
  }
}

}  // namespace
}  // namespace foretoken

int main(int count, char** arguments) {
  using namespace foretoken;
  const unsigned seed = count > 1 ? static_cast<unsigned>(std::atoi(arguments[1])) : 1;
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 10;
  Random random(seed);
  fuzz_halves(random);
  for (int row = 0; row < 2000; row++) fuzz_top(random);
  for (int threads = 1; threads <= 4; threads++) {
    ThreadPool pool(threads);
    std::vector<std::thread> callers;
    for (unsigned caller = 0; caller < 3; caller++) {
      callers.emplace_back([&, caller] { run_caller(seed * 1000 + threads * 10 + caller, rounds, pool); });
    }
    for (std::thread& caller : callers) caller.join();
  }
  std::printf("%s: clean, unpacks to %016llx, multiplies integers to %016llx\n", instruction_set(),
              static_cast<unsigned long long>(unpacked_checksum()),
              static_cast<unsigned long long>(integer_checksum()));
  return 0;
}

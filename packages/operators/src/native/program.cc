#include "program.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>

#include "flush-subnormals.h"
#include "normalise.h"
#include "top.h"

namespace foretoken {
namespace {

std::atomic<uint64_t> done{0};

LinearOptions linear_options(const Instruction& instruction) {
  LinearOptions options;
  options.weight = instruction.matrix.get();
  options.norm = instruction.norm.get();
  options.bias = instruction.second_vector ? instruction.second_vector->values.data() : nullptr;
  options.gated = instruction.gated;
  options.activation = instruction.activation;
  options.fine = instruction.fine;
  return options;
}

/// Values that are raised to a power at a time, in memory of their own: the logits are kept.
constexpr int kExponents = 4096;

/// Sum of e^(x - maximum).
double sum_of_exponentials(const float* values, int width, float maximum) {
  float room[kExponents];
  double sum = 0;
  for (int at = 0; at < width; at += kExponents) {
    const int count = std::min(kExponents, width - at);
    std::memcpy(room, values + at, count * sizeof(float));
    const int whole = (count + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
    std::fill(room + count, room + whole, -std::numeric_limits<float>::infinity());
    sum += kernels().exponentials(room, whole, maximum);
  }
  return sum;
}

}  // namespace

uint64_t instructions_done() { return done.load(std::memory_order_relaxed); }

void count_done(uint64_t instructions) { done.fetch_add(instructions, std::memory_order_relaxed); }

std::shared_ptr<Program> CpuProgram::create(std::vector<Instruction> instructions, std::shared_ptr<Cache> cache,
                                            std::vector<int32_t> vocabulary, std::string* error) {
  auto program = std::make_shared<CpuProgram>();
  if (!program->plan_.make(std::move(instructions), cache->shape(), std::move(vocabulary), error)) return nullptr;
  program->cache_ = std::move(cache);
  program->buffers_ = std::vector<Scratch>(program->plan_.buffers);
  return program;
}

bool CpuProgram::run(ThreadPool& pool, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count,
                     int32_t* best, std::string* error) {
  const FlushSubnormals flush;
  // A program has one set of registers and its cache one writer: passes follow one another.
  std::lock_guard<std::mutex> lock(mutex_);
  if (!plan_.accepts(tokens, step, scored, scored_count, *cache_, error)) return false;
  scored_count_ = scored_count;
  const size_t count = plan_.length(scored_count);
  auto before = std::chrono::steady_clock::now();
  const auto stop = [&](size_t index) {
    if (!timed_) return;
    const auto now = std::chrono::steady_clock::now();
    times_[index] += std::chrono::duration<double, std::nano>(now - before).count();
    before = now;
  };
  for (size_t i = 0; i < count; i++) {
    execute(pool, i, tokens, step, scored);
    stop(i);
    count_done(1);
  }
  if (scored_count == 0) return true;
  const float* logits = values_at(static_cast<int>(plan_.places.size()) - 1);
  const int width = plan_.widths.back();
  pool.run(scored_count, [&](int row) { best[row] = kernels().best(logits + static_cast<size_t>(row) * width, width); });
  stop(plan_.instructions.size());
  return true;
}

std::vector<double> CpuProgram::take_times() {
  std::lock_guard<std::mutex> lock(mutex_);
  timed_ = true;
  std::vector<double> times(plan_.instructions.size() + 1);
  times.swap(times_);
  times.resize(plan_.instructions.size() + 1);
  return times;
}

const float* CpuProgram::logits(int row) {
  if (row < 0 || row >= scored_count_) return nullptr;
  return values_at(static_cast<int>(plan_.places.size()) - 1) + static_cast<size_t>(row) * plan_.widths.back();
}

void CpuProgram::top(ThreadPool& pool, int k, int32_t* tokens, float* logits_out, double* sums) {
  pool.run(scored_count_, [&](int row) {
    const float* values = logits(row);
    int32_t* row_tokens = tokens + static_cast<size_t>(row) * k;
    highest(values, width(), k, row_tokens);
    for (int i = 0; i < k; i++) logits_out[static_cast<size_t>(row) * k + i] = values[row_tokens[i]];
    if (sums != nullptr) sums[row] = sum_of_exponentials(values, width(), values[row_tokens[0]]);
  });
}

void CpuProgram::execute(ThreadPool& pool, size_t index, const int32_t* tokens, const Step& step, const int32_t* scored) {
  const Instruction& instruction = plan_.instructions[index];
  const int rows = plan_.scored[index] ? scored_count_ : step.tokens;
  const int width = plan_.widths[index];
  const size_t size = static_cast<size_t>(rows) * width;
  float* target = buffers_[plan_.places[index]].take(size);
  const float* input = values_at(instruction.input);
  const float* second = values_at(instruction.second);
  switch (instruction.operation) {
    case Operation::Embedding:
      embedding(pool, *instruction.matrix, tokens, rows, target);
      return;
    case Operation::Linear: {
      LinearOptions options = linear_options(instruction);
      options.residual = second;
      linear(pool, input, rows, options, target);
      return;
    }
    case Operation::Attention: {
      AttentionOptions options;
      options.layer = instruction.layer;
      options.rotation = instruction.rotation;
      options.window = instruction.window;
      options.query_norm = instruction.norm.get();
      options.key_norm = instruction.second_vector.get();
      attention(pool, step, *cache_, options, input, target);
      return;
    }
    case Operation::ScoredRows:
      for (int row = 0; row < rows; row++) {
        std::memcpy(target + static_cast<size_t>(row) * width,
                    input + static_cast<size_t>(scored[row]) * width, width * sizeof(float));
      }
      return;
    case Operation::Add:
      std::memcpy(target, input, size * sizeof(float));
      for (int row = 0; row < rows; row++) {
        kernels().add(target + static_cast<size_t>(row) * width, second + static_cast<size_t>(row) * width, width);
      }
      return;
    case Operation::Norm:
      for (int row = 0; row < rows; row++) {
        const size_t at = static_cast<size_t>(row) * width;
        normalise(*instruction.norm, input + at, width, target + at);
      }
      return;
    case Operation::Scale:
      kernels().scale(input, instruction.factor, nullptr, static_cast<int>(size), target);
      return;
    case Operation::Gate:
      for (int row = 0; row < rows; row++) {
        float* out = target + static_cast<size_t>(row) * width;
        std::memcpy(out, input + static_cast<size_t>(row) * 2 * width, width * sizeof(float));
        kernels().gate(instruction.activation, out, input + static_cast<size_t>(row) * 2 * width + width, width);
      }
      return;
  }
}

}  // namespace foretoken

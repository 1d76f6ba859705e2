#include "program.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

#include "flush-subnormals.h"
#include "top.h"

namespace foretoken {
namespace {

std::atomic<uint64_t> done{0};

bool has_size(const std::shared_ptr<Vector>& vector, int size) {
  return !vector || static_cast<int>(vector->values.size()) == size;
}

LinearOptions linear_options(const Instruction& instruction) {
  LinearOptions options;
  options.weight = instruction.matrix.get();
  options.norm = instruction.norm.get();
  options.bias = instruction.second_vector ? instruction.second_vector->values.data() : nullptr;
  options.gated = instruction.gated;
  options.fine = instruction.fine;
  return options;
}

}  // namespace

uint64_t instructions_done() { return done.load(std::memory_order_relaxed); }

std::shared_ptr<Program> Program::create(std::vector<Instruction> instructions, std::shared_ptr<Cache> cache,
                                         std::vector<int32_t> vocabulary, std::string* error) {
  auto program = std::make_shared<Program>();
  std::vector<int>& widths = program->widths_;
  std::vector<bool>& scored = program->scored_;
  const CacheShape& shape = cache->shape();
  for (size_t i = 0; i < instructions.size(); i++) {
    const Instruction& instruction = instructions[i];
    const auto refuse = [&](const char* reason) {
      *error = "instruction " + std::to_string(i) + ": " + reason;
      return nullptr;
    };
    const auto earlier = [&](int index) { return index >= 0 && index < static_cast<int>(i); };
    if (instruction.operation != Operation::Embedding && !earlier(instruction.input)) return refuse("no such input");
    const int width = instruction.operation == Operation::Embedding ? 0 : widths[instruction.input];
    const bool per_scored = instruction.operation != Operation::Embedding && scored[instruction.input];
    switch (instruction.operation) {
      case Operation::Embedding:
        if (!instruction.matrix) return refuse("an embedding needs a table");
        widths.push_back(instruction.matrix->columns);
        break;
      case Operation::Linear: {
        const Matrix* matrix = instruction.matrix.get();
        if (matrix == nullptr || matrix->columns != width) return refuse("the weight does not fit the input");
        if (instruction.gated && (matrix->rows % 2 != 0 || instruction.second_vector)) {
          return refuse("a gated product needs an even number of rows and no bias");
        }
        if (!has_size(instruction.norm, width) || !has_size(instruction.second_vector, matrix->rows)) {
          return refuse("norm or bias has another size");
        }
        widths.push_back(instruction.gated ? matrix->rows / 2 : matrix->rows);
        break;
      }
      case Operation::Attention:
        if (width != (shape.heads + 2 * shape.kv_heads) * shape.head_size || per_scored) {
          return refuse("the input is not query, key and value of every token");
        }
        if (instruction.layer < 0 || instruction.layer >= shape.layers) return refuse("no such layer");
        if (!has_size(instruction.norm, shape.head_size) || !has_size(instruction.second_vector, shape.head_size)) {
          return refuse("a head norm has another size");
        }
        widths.push_back(shape.heads * shape.head_size);
        break;
      case Operation::ScoredRows:
        if (per_scored) return refuse("the rows were chosen before");
        widths.push_back(width);
        break;
      case Operation::Add:
        if (!earlier(instruction.second)) return refuse("no such second input");
        widths.push_back(width);
        break;
      case Operation::GatedSilu:
        if (width % 2 != 0) return refuse("gate and up need an even width");
        widths.push_back(width / 2);
        break;
    }
    scored.push_back(per_scored || instruction.operation == Operation::ScoredRows);
    if (instruction.second >= 0) {
      if (!earlier(instruction.second) || widths[instruction.second] != widths[i] ||
          scored[instruction.second] != scored[i]) {
        return refuse("the second input has another shape");
      }
    }
  }
  if (instructions.empty() || !scored.back()) {
    *error = "a program must end with scored rows";
    return nullptr;
  }
  if (!vocabulary.empty() && static_cast<int>(vocabulary.size()) != widths.back()) {
    *error = std::to_string(vocabulary.size()) + " tokens are named for " + std::to_string(widths.back()) + " logits";
    return nullptr;
  }
  program->vocabulary_ = std::move(vocabulary);
  program->instructions_ = std::move(instructions);
  program->cache_ = std::move(cache);
  program->place_registers();
  return program;
}

void Program::place_registers() {
  const int count = static_cast<int>(instructions_.size());
  std::vector<int> last_use(count);
  for (int i = 0; i < count; i++) {
    last_use[i] = i;
    if (instructions_[i].input >= 0) last_use[instructions_[i].input] = i;
    if (instructions_[i].second >= 0) last_use[instructions_[i].second] = i;
  }
  last_use[count - 1] = count;
  std::vector<int> free_at;
  for (int i = 0; i < count; i++) {
    const auto found = std::find_if(free_at.begin(), free_at.end(), [i](int at) { return at < i; });
    places_.push_back(static_cast<int>(found - free_at.begin()));
    if (found == free_at.end()) free_at.push_back(last_use[i]);
    else *found = last_use[i];
  }
  buffers_ = std::vector<Scratch>(free_at.size());
}

bool Program::run(ThreadPool& pool, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count,
                  int32_t* best, std::string* error) {
  const FlushSubnormals flush;
  // A program has one set of registers and its cache one writer: passes follow one another.
  std::lock_guard<std::mutex> lock(mutex_);
  if (!fits(step, *cache_, error)) return false;
  for (int i = 0; i < scored_count; i++) {
    if (scored[i] < 0 || scored[i] >= step.tokens) {
      *error = "scored row " + std::to_string(scored[i]) + " of a pass of " + std::to_string(step.tokens) + " tokens";
      return false;
    }
  }
  for (const Instruction& instruction : instructions_) {
    if (instruction.operation != Operation::Embedding) continue;
    for (int i = 0; i < step.tokens; i++) {
      if (tokens[i] < 0 || tokens[i] >= instruction.matrix->rows) {
        *error = "token " + std::to_string(tokens[i]) + " is not in a vocabulary of " +
                 std::to_string(instruction.matrix->rows);
        return false;
      }
    }
  }
  scored_count_ = scored_count;
  size_t count = instructions_.size();
  if (scored_count == 0) {
    while (count > 0 && instructions_[count - 1].operation != Operation::Attention) count--;
  }
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
    done.fetch_add(1, std::memory_order_relaxed);
  }
  if (scored_count == 0) return true;
  const float* logits = values_at(static_cast<int>(places_.size()) - 1);
  const int width = widths_.back();
  pool.run(scored_count, [&](int row) { best[row] = kernels().best(logits + static_cast<size_t>(row) * width, width); });
  stop(instructions_.size());
  return true;
}

std::vector<double> Program::take_times() {
  std::lock_guard<std::mutex> lock(mutex_);
  timed_ = true;
  std::vector<double> times(instructions_.size() + 1);
  times.swap(times_);
  times.resize(instructions_.size() + 1);
  return times;
}

const float* Program::logits(int row) const {
  if (row < 0 || row >= scored_count_) return nullptr;
  return values_at(static_cast<int>(places_.size()) - 1) + static_cast<size_t>(row) * widths_.back();
}

void Program::top(ThreadPool& pool, int k, int32_t* tokens, float* logits_out) const {
  pool.run(scored_count_, [&](int row) {
    const float* values = logits(row);
    int32_t* row_tokens = tokens + static_cast<size_t>(row) * k;
    highest(values, width(), k, row_tokens);
    for (int i = 0; i < k; i++) logits_out[static_cast<size_t>(row) * k + i] = values[row_tokens[i]];
  });
}

void Program::execute(ThreadPool& pool, size_t index, const int32_t* tokens, const Step& step, const int32_t* scored) {
  const Instruction& instruction = instructions_[index];
  const int rows = scored_[index] ? scored_count_ : step.tokens;
  const int width = widths_[index];
  const size_t size = static_cast<size_t>(rows) * width;
  float* target = buffers_[places_[index]].take(size);
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
    case Operation::GatedSilu:
      for (int row = 0; row < rows; row++) {
        float* out = target + static_cast<size_t>(row) * width;
        std::memcpy(out, input + static_cast<size_t>(row) * 2 * width, width * sizeof(float));
        kernels().gate(out, input + static_cast<size_t>(row) * 2 * width + width, width);
      }
      return;
  }
}

}  // namespace foretoken

// A model as a list of instructions over registers: a whole forward pass is one node of a graph, or one call.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "attention.h"
#include "linear.h"
#include "scratch.h"

namespace foretoken {

/// The order is part of the interface to JavaScript (program.ts).
enum class Operation : int32_t { Embedding, Linear, Attention, ScoredRows, Add, GatedSilu };

/// Register i is the result of instruction i.
struct Instruction {
  Operation operation;
  int input = -1;
  /// Second summand of Add; residual of Linear; -1 for none.
  int second = -1;
  bool gated = false;
  bool fine = false;
  int layer = 0;
  std::shared_ptr<Matrix> matrix;
  /// Norm of Linear, query norm of Attention.
  std::shared_ptr<Vector> norm;
  /// Bias of Linear, key norm of Attention.
  std::shared_ptr<Vector> second_vector;
};

/// Instructions that all programs of this process have done: it grows while a pass moves on. For any thread.
uint64_t instructions_done();

class Program : public Object {
 public:
  /// Null and `error` when shapes don't fit one another.
  /// `vocabulary` names the token of each logit where the output is a part of the vocabulary; empty for all of it.
  static std::shared_ptr<Program> create(std::vector<Instruction> instructions, std::shared_ptr<Cache> cache,
                                         std::vector<int32_t> vocabulary, std::string* error);

  /// Runs a pass and leaves the logits of the scored rows; without scored rows it stops when the cache is written.
  bool run(ThreadPool& pool, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count,
           int32_t* best, std::string* error);

  /// Values of a logit row.
  int width() const { return widths_.back(); }
  /// Rows of the last pass.
  int rows() const { return scored_count_; }
  /// The k highest logits of every row in the order of `highest` (top.h). Each [rows, k]; k in 1..width.
  void top(ThreadPool& pool, int k, int32_t* tokens, float* logits) const;
  /// Logits of a row of the last pass; null when it scored fewer.
  const float* logits(int row) const;
  /// The token that a logit belongs to.
  int32_t token_of(int logit) const { return vocabulary_.empty() ? logit : vocabulary_[logit]; }

  /// Nanoseconds that each instruction took since the last call, and at the end those for the best tokens. Times are taken
  /// from the first call on.
  std::vector<double> take_times();

 private:
  std::vector<Instruction> instructions_;
  std::shared_ptr<Cache> cache_;
  std::vector<int32_t> vocabulary_;
  std::vector<int> widths_;
  /// Whether a register holds a row for each scored row rather than for each token.
  std::vector<bool> scored_;
  /// Which buffer holds a register; a buffer serves another register when its last reader has run.
  std::vector<int> places_;
  std::vector<Scratch> buffers_;
  int scored_count_ = 0;
  bool timed_ = false;
  std::vector<double> times_;
  std::mutex mutex_;

  void place_registers();
  const float* values_at(int index) const { return index < 0 ? nullptr : buffers_[places_[index]].data(); }
  void execute(ThreadPool& pool, size_t index, const int32_t* tokens, const Step& step, const int32_t* scored);
};

}  // namespace foretoken

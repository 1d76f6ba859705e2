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

enum class Operation : int32_t { Embedding, Linear, Attention, ScoredRows, Add, Gate, Norm, Scale };

/// Register i is the result of instruction i.
struct Instruction {
  Operation operation{};
  int input = -1;
  /// Second summand of Add; residual of Linear; -1 for none.
  int second = -1;
  bool gated = false;
  bool fine = false;
  /// Of Gate, and of Linear where it is gated.
  Activation activation = Activation::Silu;
  /// Of Scale.
  float factor = 1;
  int layer = 0;
  /// Of Attention: which rotation table, and how many positions back a token sees, its own among them; 0 for all.
  int rotation = 0;
  int window = 0;
  std::shared_ptr<Matrix> matrix;
  /// Norm of Linear and Norm, query norm of Attention.
  std::shared_ptr<Vector> norm;
  /// Bias of Linear, key norm of Attention.
  std::shared_ptr<Vector> second_vector;
};

/// Instructions that all programs of this process have done: it grows while a pass moves on. For any thread.
uint64_t instructions_done();
void count_done(uint64_t instructions);

/// Instructions with what follows from them: where each register lies and how wide it is.
struct ProgramPlan {
  std::vector<Instruction> instructions;
  std::vector<int> widths;
  /// Whether a register holds a row for each scored row rather than for each token.
  std::vector<bool> scored;
  /// Which buffer holds a register; a buffer serves another register when its last reader has run.
  std::vector<int> places;
  int buffers = 0;
  /// The token of each logit where the output is a part of the vocabulary; empty for all of it.
  std::vector<int32_t> vocabulary;

  /// False and `error` when shapes don't fit one another.
  bool make(std::vector<Instruction> instructions, const CacheShape& shape, std::vector<int32_t> vocabulary,
            std::string* error);

  /// Whether a pass can be run; `error` says why not.
  bool accepts(const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count, const KvCache& cache,
               std::string* error) const;

  /// Instructions of a pass: without scored rows it stops when the cache is written.
  size_t length(int scored_count) const;

 private:
  void place_registers();
};

/// What one sequence of a chain may guess.
struct ChainLimit {
  /// Most guesses, >= 1.
  int most;
  /// Guessing ends with the guess at which the product of the confidences falls below this.
  float minimum;
};

/// The candidates of every guess of a chain, likeliest first, as `Program::top` gives those of a pass: [guesses, sequences,
/// candidates], and [guesses, sequences].
struct ChainRows {
  std::vector<int32_t> places;
  std::vector<float> logits;
  std::vector<double> sums;
};

/// Whole passes, wherever they are computed.
class Program : public Object {
 public:
  /// Runs a pass and leaves the logits of the scored rows.
  virtual bool run(ThreadPool& pool, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count,
                   int32_t* best, std::string* error) = 0;

  /// Values of a logit row.
  int width() const { return plan_.widths.back(); }
  /// Rows of the last pass.
  int rows() const { return scored_count_; }
  /// The k highest logits of every row in the order of `highest` (top.h), each [rows, k] with k in 1..width, and unless
  /// null the sum of e^(logit - highest logit) over each row.
  virtual void top(ThreadPool& pool, int k, int32_t* tokens, float* logits, double* sums) = 0;
  /// Does all passes of a chain at once, each of which goes on from the likeliest tokens of the one before, until `limits`
  /// end every sequence or, by rounding, somewhat later. False where passes have to be run one by one.
  virtual bool run_chain(const int32_t*, const Step&, const int32_t* /*scored*/, const std::vector<ChainLimit>&,
                         int /*candidates*/, ChainRows*) {
    return false;
  }
  /// Logits of a row of the last pass, until the next call; null when it scored fewer.
  virtual const float* logits(int row) = 0;
  /// The token that a logit belongs to.
  int32_t token_of(int logit) const { return plan_.vocabulary.empty() ? logit : plan_.vocabulary[logit]; }

  /// Nanoseconds that each instruction took since the last call, and at the end those for the best tokens. Times are taken
  /// from the first call on.
  virtual std::vector<double> take_times() = 0;

 protected:
  ProgramPlan plan_;
  int scored_count_ = 0;
};

class CpuProgram : public Program {
 public:
  /// Null and `error` when shapes don't fit one another.
  static std::shared_ptr<Program> create(std::vector<Instruction> instructions, std::shared_ptr<Cache> cache,
                                         std::vector<int32_t> vocabulary, std::string* error);

  bool run(ThreadPool& pool, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count,
           int32_t* best, std::string* error) override;
  void top(ThreadPool& pool, int k, int32_t* tokens, float* logits, double* sums) override;
  const float* logits(int row) override;
  std::vector<double> take_times() override;

 private:
  std::shared_ptr<Cache> cache_;
  std::vector<Scratch> buffers_;
  bool timed_ = false;
  std::vector<double> times_;
  std::mutex mutex_;

  const float* values_at(int index) const { return index < 0 ? nullptr : buffers_[plan_.places[index]].data(); }
  void execute(ThreadPool& pool, size_t index, const int32_t* tokens, const Step& step, const int32_t* scored);
};

}  // namespace foretoken

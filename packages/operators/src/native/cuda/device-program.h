// A program on a device: each shape of a pass is a graph that is made once and replayed.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "../program.h"
#include "device-cache.h"

namespace foretoken::cuda {

/// What the launches of a pass depend on. Passes in between take the next larger shape, with rows that only fill it.
struct PassShape {
  int rows = 0;
  int scored = 0;
  /// Spans of the cache, 1 where each block of attention sums all of them.
  int spans = 1;
  /// Whether logits are kept.
  bool logits = false;
  /// Passes of a chain, the first with `rows` tokens and the others with one for each scored row, and the likeliest tokens
  /// that are taken of each; 0 where there is one pass alone.
  int guesses = 0;
  int candidates = 0;

  bool operator<(const PassShape& other) const { return key() < other.key(); }

  /// What is copied to the device: tokens, rows to score, and for a chain those of its later passes, and limits.
  size_t pass_bytes() const {
    return rows * sizeof(PassToken) + scored * (sizeof(int) + (guesses > 0 ? sizeof(int) + sizeof(GuessLimit) : 0));
  }
  /// What comes back of a pass: best token, its logit and the logarithm of the sum of all e^logit of each scored row, then
  /// the logits and the places of its candidates, [scored][candidates].
  size_t guess_bytes() const { return sizeof(float) * scored * (3 + 2 * (candidates > 1 ? candidates : 0)); }
  size_t result_bytes() const { return guess_bytes() * std::max(1, guesses); }
  size_t chain_bytes() const;

 private:
  std::tuple<int, int, int, bool, int, int> key() const { return {rows, scored, spans, logits, guesses, candidates}; }
};

/// Throws `DeviceError` for a program that has no kernels. Needs no device.
void check_device_program(const std::vector<Instruction>& instructions, int head_size);

class DeviceProgram : public Program {
 public:
  /// Null and `error` when shapes don't fit one another. Throws `DeviceError`.
  static std::shared_ptr<DeviceProgram> create(std::vector<Instruction> instructions, std::shared_ptr<DeviceCache> cache,
                                               std::vector<int32_t> vocabulary, std::string* error);

  /// Throws `DeviceError`, as the others do.
  bool run(ThreadPool& pool, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count,
           int32_t* best, std::string* error) override;
  void top(ThreadPool& pool, int k, int32_t* tokens, float* logits, double* sums) override;
  const float* logits(int row) override;
  std::vector<double> take_times() override;
  bool run_chain(const int32_t* tokens, const Step& step, const int32_t* scored, const std::vector<ChainLimit>& limits,
                 int candidates, ChainRows* rows) override;

  /// Graphs that are kept.
  size_t graphs() const { return graphs_.size(); }

  /// Bytes of weights that a pass reads whole; of the embeddings it reads some rows.
  size_t weight_bytes() const;

 private:
  /// What an instruction uses, on the device.
  struct Operands {
    std::shared_ptr<DeviceMatrix> matrix;
    std::shared_ptr<DeviceVector> norm;
    std::shared_ptr<DeviceVector> second_vector;
  };
  /// Rows that lie rounded in `halves_`: of a register, by a norm.
  struct Rounded {
    int input = -1;
    const Vector* norm = nullptr;
  };
  /// Where launches find the tokens of their pass and the rows to score, and whether it is to be done.
  struct PassPlace {
    Address tokens = 0;
    Address chosen = 0;
    Address going = 0;
  };

  // device-program.cc
  PassShape shape_of(const Step& step, int scored_count, int guesses = 0, int candidates = 0) const;
  int spans_of(const PassShape& shape) const { return splits(shape.rows) ? shape.spans : 1; }
  bool splits(int rows) const;
  /// Of the guesses behind the first.
  static PassShape later_pass(PassShape shape) {
    shape.rows = shape.scored;
    return shape;
  }
  void make_room(const PassShape& shape);
  bool grow(Memory* memory, size_t bytes);
  void write_pass(const PassShape& shape, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count);
  void replay(const PassShape& shape);
  void run_timed(const PassShape& shape);
  void want_logits();
  void take_top(int k, int32_t* tokens, float* logits);

  // device-launches.cc
  void begin(const PassShape& shape);
  void encode_graph(const PassShape& shape);
  void encode_pass(const PassShape& shape, Address results);
  void encode(const PassShape& shape, size_t index);
  void encode_linear(const PassShape& shape, size_t index);
  void encode_products(const PassShape& shape, size_t index);
  void encode_attention(const PassShape& shape, size_t index);
  void encode_best(const PassShape& shape, Address results);
  void encode_top(int rows, int k, Address values, Address indices);
  void round(int input, const Vector* norm, Address norm_values, int rows);

  // device-chain.cc
  bool chain_fits(const Step& step, const std::vector<ChainLimit>& limits) const;
  void write_limits(const PassShape& shape, const std::vector<ChainLimit>& limits);
  void encode_chain(const PassShape& shape);
  void encode_advance(const PassShape& shape, int guess, Address results);
  ChainRows read_chain(const PassShape& shape, int sequences, int candidates) const;

  template <class Arguments>
  void launch(const std::string& kernel, int x, int y, int z, int threads, const Arguments& arguments) {
    device_->launch({kernel.c_str(), static_cast<unsigned>(x), static_cast<unsigned>(y), static_cast<unsigned>(z),
                     static_cast<unsigned>(threads), &arguments});
  }
  int rows_of(const PassShape& shape, size_t index) const { return plan_.scored[index] ? shape.scored : shape.rows; }
  Address register_at(int index) const { return index < 0 ? 0 : registers_[plan_.places[index]].address(); }
  const PassToken* tokens_at() const { return reinterpret_cast<const PassToken*>(at_.tokens); }
  /// Room of `encode_top`.
  size_t top_bytes(int rows, int k) const { return 4 * sizeof(float) * rows * divided(width(), kChunkValues) * k; }
  int output_index() const { return static_cast<int>(plan_.instructions.size()) - 1; }

  std::shared_ptr<DeviceCache> cache_;
  std::shared_ptr<Device> device_;
  std::vector<Operands> operands_;
  /// Values of a row in each place of a register: of a token's, and of a scored row's.
  std::vector<size_t> token_widths_, scored_widths_;
  int widest_ = 0;

  std::vector<Memory> registers_;
  /// The tokens of a pass, the rows that are scored, and for a chain what each sequence may guess.
  Memory pass_;
  HostArray<uint8_t> host_pass_;
  /// Best token, its logit and the logarithm of the sum of all e^logit of each scored row; of a chain, those of every guess
  /// and the likeliest tokens.
  Memory results_;
  HostArray<uint8_t> host_results_;
  Memory halves_, scales_, queries_, partials_, ungated_, tile_best_, tile_sums_, top_;
  /// The later passes of a chain, the products of confidences, and how many sequences go on after each guess.
  Memory chain_, vocabulary_;
  HostArray<float> host_row_;
  Rounded rounded_;
  PassPlace at_;
  /// Row tiles of the output's matrix.
  int tiles_ = 0;
  /// Room that was taken; beyond it, memory moves and graphs are made anew.
  int row_room_ = 0, scored_room_ = 0;

  struct KeptGraph {
    std::unique_ptr<Graph> graph;
    uint64_t used = 0;
  };
  std::map<PassShape, KeptGraph> graphs_;
  uint64_t passes_ = 0;
  /// Of the last pass, whose results lie in `host_results_`.
  PassShape last_;
  /// Whether logits of the last pass were asked for: the next pass keeps its own then.
  bool logits_wanted_ = false;
  bool timed_ = false;
  std::vector<double> times_;
};

}  // namespace foretoken::cuda

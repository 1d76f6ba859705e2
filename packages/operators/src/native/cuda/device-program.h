// A program on a device: each shape of a pass is a graph that is made once and replayed.
#pragma once

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
  /// Spans of the cache that attention sums on their own, 1 where each block sums all of them.
  int spans = 1;
  bool split = false;

  bool operator<(const PassShape& other) const {
    return std::tie(rows, scored, spans, split) < std::tie(other.rows, other.scored, other.spans, other.split);
  }
};

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

  PassShape shape_of(const Step& step, int scored_count) const;
  void make_room(const PassShape& shape);
  bool grow(Memory* memory, size_t bytes);
  void write_pass(const PassShape& shape, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count);
  void replay(const PassShape& shape);
  void encode_pass(const PassShape& shape);
  void run_timed(const PassShape& shape);
  void begin(const PassShape& shape);
  void encode(const PassShape& shape, size_t index);
  void encode_linear(const PassShape& shape, size_t index);
  void encode_attention(const PassShape& shape, size_t index);
  void encode_best(const PassShape& shape);
  void round(int input, const Vector* norm, Address norm_values, int rows);
  void take_top(int k, int32_t* tokens, float* logits);

  template <class Arguments>
  void launch(const std::string& kernel, int x, int y, int z, int threads, const Arguments& arguments) {
    device_->launch({kernel.c_str(), static_cast<unsigned>(x), static_cast<unsigned>(y), static_cast<unsigned>(z),
                     static_cast<unsigned>(threads), &arguments});
  }
  int rows_of(const PassShape& shape, size_t index) const { return plan_.scored[index] ? shape.scored : shape.rows; }
  Address register_at(int index) const { return index < 0 ? 0 : registers_[plan_.places[index]].address(); }
  const PassToken* tokens_at() const { return reinterpret_cast<const PassToken*>(pass_.address()); }

  std::shared_ptr<DeviceCache> cache_;
  std::shared_ptr<Device> device_;
  std::vector<Operands> operands_;
  /// Values of a row in each place of a register: of a token's, and of a scored row's.
  std::vector<size_t> token_widths_, scored_widths_;
  int widest_ = 0;

  std::vector<Memory> registers_;
  /// The tokens of a pass and the rows that are scored.
  Memory pass_;
  HostArray<uint8_t> host_pass_;
  /// Best token, its logit and the logarithm of the sum of all e^logit of each scored row.
  Memory results_;
  HostArray<uint8_t> host_results_;
  Memory halves_, scales_, queries_, partials_, ungated_, chunks_, top_;
  HostArray<float> host_row_;
  Rounded rounded_;
  /// Room that was taken; beyond it, memory moves and graphs are made anew.
  int row_room_ = 0, scored_room_ = 0;

  struct KeptGraph {
    std::unique_ptr<Graph> graph;
    uint64_t used = 0;
  };
  std::map<PassShape, KeptGraph> graphs_;
  uint64_t passes_ = 0;
  /// Scored rows that the results of the last pass lie in.
  int results_stride_ = 0;
  bool timed_ = false;
  std::vector<double> times_;
};

}  // namespace foretoken::cuda

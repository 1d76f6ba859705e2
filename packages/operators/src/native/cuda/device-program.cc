#include "device-program.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../top.h"

namespace foretoken::cuda {
namespace {

constexpr size_t kMostGraphs = 64;

/// Rows from which attention keeps the GPU busy without splitting the positions of a row.
constexpr int kEnoughBlocks = 256;

int end_of(const Step& step) {
  int end = 1;
  for (const StepSequence& sequence : step.sequences) end = std::max(end, sequence.start + sequence.count);
  return end;
}

int padded(int count, int size) { return divided(count, size) * size; }

/// Passes of few rows are most of what is done: each count has its shape, but those of a chain, which are many as it is.
int row_bucket(int rows, bool chain) {
  if (chain && rows <= 8) return rows <= 2 ? rows : rows <= 4 ? 4 : 8;
  if (rows <= 8) return rows;
  if (rows <= 16) return padded(rows, 2);
  if (rows <= 64) return padded(rows, 16);
  return padded(rows, 64);
}

int guess_bucket(int guesses) { return guesses <= 4 ? guesses : padded(guesses, 2); }

/// Spans of a context of so many positions.
int span_bucket(int positions) {
  const int spans = divided(positions, kSpanPositions);
  int size = 1;
  while (size * 4 < spans) size *= 2;
  return padded(spans, size);
}

}  // namespace

void check_device_program(const std::vector<Instruction>& instructions, int head_size) {
  std::string reason;
  if (head_size > kMostHeadSize) {
    reason = "heads of " + std::to_string(head_size) + " values are larger than the " + std::to_string(kMostHeadSize) +
             " that its kernels take";
  } else if (instructions.empty() || instructions.back().operation != Operation::Linear || instructions.back().gated) {
    reason = "a program there must end with a product";
  }
  if (reason.empty()) return;
  throw DeviceError(Fault::UnsupportedModel, "This model can't run on a GPU: " + reason + ". --device cpu runs it.");
}

std::shared_ptr<DeviceProgram> DeviceProgram::create(std::vector<Instruction> instructions,
                                                     std::shared_ptr<DeviceCache> cache,
                                                     std::vector<int32_t> vocabulary, std::string* error) {
  auto program = std::make_shared<DeviceProgram>();
  ProgramPlan& plan = program->plan_;
  if (!plan.make(std::move(instructions), cache->shape(), std::move(vocabulary), error)) return nullptr;
  check_device_program(plan.instructions, cache->shape().head_size);
  program->cache_ = std::move(cache);
  Accelerator& accelerator = program->cache_->accelerator();
  program->device_ = accelerator.device();
  program->token_widths_.resize(plan.buffers);
  program->scored_widths_.resize(plan.buffers);
  program->registers_.resize(plan.buffers);
  accelerator.use([&] {
    for (size_t i = 0; i < plan.instructions.size(); i++) {
      const Instruction& instruction = plan.instructions[i];
      Operands operands;
      if (instruction.matrix) operands.matrix = accelerator.matrix(instruction.matrix, instruction.gated);
      operands.norm = accelerator.vector(instruction.norm);
      operands.second_vector = accelerator.vector(instruction.second_vector);
      program->operands_.push_back(std::move(operands));
      auto& widths = plan.scored[i] ? program->scored_widths_ : program->token_widths_;
      size_t& width = widths[plan.places[i]];
      width = std::max(width, static_cast<size_t>(plan.widths[i]));
      program->widest_ = std::max(program->widest_, plan.widths[i]);
    }
    for (const DevicePart& part : program->operands_.back().matrix->parts) program->tiles_ += part.tiles;
    const size_t named = plan.vocabulary.size() * sizeof(int32_t);
    if (named == 0) return;
    program->vocabulary_ = Memory(program->device_, named);
    program->device_->upload(program->vocabulary_.address(), plan.vocabulary.data(), named);
    program->device_->synchronise();
  });
  return program;
}

bool DeviceProgram::run(ThreadPool&, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count,
                        int32_t* best, std::string* error) {
  return cache_->accelerator().use([&] {
    if (!plan_.accepts(tokens, step, scored, scored_count, *cache_, error)) return false;
    scored_count_ = 0;
    if (step.tokens == 0) return true;
    PassShape shape = shape_of(step, scored_count);
    shape.logits = std::exchange(logits_wanted_, false);
    make_room(shape);
    write_pass(shape, tokens, step, scored, scored_count);
    if (timed_) run_timed(shape);
    else replay(shape);
    device_->synchronise();
    scored_count_ = scored_count;
    last_ = shape;
    if (scored_count > 0) std::memcpy(best, host_results_.data(), scored_count * sizeof(int32_t));
    count_done(plan_.length(scored_count));
    return true;
  });
}

PassShape DeviceProgram::shape_of(const Step& step, int scored_count, int guesses, int candidates) const {
  PassShape shape;
  shape.guesses = guess_bucket(guesses);
  shape.candidates = candidates;
  shape.rows = row_bucket(step.tokens, guesses > 0);
  shape.scored = std::min(row_bucket(scored_count, guesses > 0), shape.rows);
  shape.logits = candidates > 1;
  if (splits(shape.rows) || (guesses > 1 && splits(shape.scored))) {
    shape.spans = span_bucket(end_of(step) + std::max(0, guesses - 1));
  }
  return shape;
}

bool DeviceProgram::splits(int rows) const { return rows * cache_->shape().kv_heads < kEnoughBlocks; }

bool DeviceProgram::grow(Memory* memory, size_t bytes) {
  if (memory->size() >= bytes) return false;
  // The old one goes first: there may be no room for both.
  *memory = Memory();
  *memory = Memory(device_, bytes);
  return true;
}

void DeviceProgram::make_room(const PassShape& shape) {
  const CacheShape& cache = cache_->shape();
  const int rows = std::max(row_room_, shape.rows), scored = std::max(scored_room_, shape.scored);
  bool moved = false;
  const auto need = [&](Memory* memory, size_t bytes) { moved = grow(memory, bytes) || moved; };
  const size_t row_bytes = sizeof(float) * rows, scored_bytes = sizeof(float) * scored;
  for (size_t i = 0; i < registers_.size(); i++) {
    need(&registers_[i], std::max(token_widths_[i] * row_bytes, scored_widths_[i] * scored_bytes));
  }
  need(&halves_, static_cast<size_t>(rows) * tiles_across(widest_) * kTileColumns * sizeof(uint16_t));
  need(&scales_, row_bytes);
  need(&queries_, row_bytes * cache.heads * cache.head_size);
  const PassShape later = later_pass(shape);
  const size_t partials = std::max(shape.rows * spans_of(shape), later.rows * spans_of(later));
  need(&partials_, sizeof(float) * partials * cache.heads * (cache.head_size + 2));
  for (size_t i = 0; i < operands_.size(); i++) {
    const Instruction& instruction = plan_.instructions[i];
    if (!instruction.gated || operands_[i].matrix->parts[0].gated) continue;
    need(&ungated_, (plan_.scored[i] ? scored_bytes : row_bytes) * instruction.matrix->rows);
  }
  need(&pass_, shape.pass_bytes());
  need(&results_, shape.result_bytes());
  if (shape.guesses > 0) need(&chain_, shape.chain_bytes());
  if (shape.candidates > 1) need(&top_, top_bytes(shape.scored, shape.candidates));
  need(&tile_best_, sizeof(uint64_t) * scored * tiles_);
  need(&tile_sums_, scored_bytes * tiles_);
  if (host_pass_.size() < pass_.size()) host_pass_ = HostArray<uint8_t>(device_, pass_.size()), moved = true;
  if (host_results_.size() < results_.size()) host_results_ = HostArray<uint8_t>(device_, results_.size()), moved = true;
  if (moved) graphs_.clear();
  row_room_ = rows;
  scored_room_ = scored;
}

void DeviceProgram::write_pass(const PassShape& shape, const int32_t* tokens, const Step& step, const int32_t* scored,
                               int scored_count) {
  auto* rows = reinterpret_cast<PassToken*>(host_pass_.data());
  for (const StepSequence& sequence : step.sequences) {
    for (int node = 0; node < sequence.count; node++) {
      const int row = sequence.first + node;
      rows[row] = {tokens[row],  sequence.slot,     sequence.start,      sequence.first,
                   node,         step.parents[row], step.positions[row], sequence.chain ? 1 : 0};
    }
  }
  for (int row = step.tokens; row < shape.rows; row++) rows[row] = {0, -1, 0, row, 0, -1, 0, 1};
  auto* chosen = reinterpret_cast<int32_t*>(rows + shape.rows);
  for (int i = 0; i < shape.scored; i++) chosen[i] = i < scored_count ? scored[i] : 0;
}

void DeviceProgram::replay(const PassShape& shape) {
  const auto found = graphs_.find(shape);
  if (found != graphs_.end()) {
    found->second.used = ++passes_;
    device_->replay(*found->second.graph);
    return;
  }
  if (graphs_.size() >= kMostGraphs) {
    const auto earlier = [](const auto& a, const auto& b) { return a.second.used < b.second.used; };
    graphs_.erase(std::min_element(graphs_.begin(), graphs_.end(), earlier));
  }
  // The first pass of a shape is done without a graph: a driver may load a kernel only when it is launched, and not while it
  // collects a graph.
  encode_graph(shape);
  device_->begin_graph();
  try {
    encode_graph(shape);
  } catch (...) {
    // Else the device would go on collecting.
    try {
      device_->end_graph();
    } catch (const DeviceError&) {
    }
    throw;
  }
  graphs_[shape] = {device_->end_graph(), ++passes_};
}

void DeviceProgram::run_timed(const PassShape& shape) {
  begin(shape);
  const size_t count = plan_.length(shape.scored);
  const auto timed = [&](size_t index, const auto& action) {
    device_->start_timing();
    action();
    times_[index] += 1e6 * static_cast<double>(device_->stop_timing());
  };
  for (size_t i = 0; i < count; i++) timed(i, [&] { encode(shape, i); });
  if (shape.scored == 0) return;
  timed(plan_.instructions.size(), [&] { encode_best(shape, results_.address()); });
  device_->download(host_results_.data(), results_.address(), shape.result_bytes());
}

void DeviceProgram::top(ThreadPool&, int k, int32_t* tokens, float* logits_out, double* sums) {
  const int rows = scored_count_;
  if (rows == 0) return;
  const auto* best = reinterpret_cast<const int32_t*>(host_results_.data());
  const auto* most = reinterpret_cast<const float*>(best + last_.scored);
  const float* log_sum = most + last_.scored;
  if (k == 1) {
    std::copy_n(best, rows, tokens);
    std::copy_n(most, rows, logits_out);
  } else if (k <= kMostTop) {
    cache_->accelerator().use([&] { take_top(k, tokens, logits_out); });
  } else {
    for (int row = 0; row < rows; row++) {
      const float* values = logits(row);
      highest(values, width(), k, tokens + static_cast<size_t>(row) * k);
      for (int i = 0; i < k; i++) logits_out[row * static_cast<size_t>(k) + i] = values[tokens[row * static_cast<size_t>(k) + i]];
    }
  }
  if (sums == nullptr) return;
  for (int row = 0; row < rows; row++) sums[row] = std::exp(static_cast<double>(log_sum[row]) - most[row]);
}

void DeviceProgram::take_top(int k, int32_t* tokens, float* logits) {
  const int rows = scored_count_;
  want_logits();
  const size_t count = static_cast<size_t>(rows) * k;
  if (grow(&top_, top_bytes(rows, k) + 2 * count * sizeof(float))) graphs_.clear();
  const Address values = top_.address() + top_bytes(rows, k), indices = values + count * sizeof(float);
  encode_top(rows, k, values, indices);
  device_->download(logits, values, count * sizeof(float));
  device_->download(tokens, indices, count * sizeof(int32_t));
  device_->synchronise();
}

void DeviceProgram::want_logits() {
  logits_wanted_ = true;
  if (last_.logits) return;
  // What the product multiplied still lies there.
  last_.logits = true;
  at_ = {};
  encode_products(last_, output_index());
}

const float* DeviceProgram::logits(int row) {
  if (row < 0 || row >= scored_count_) return nullptr;
  return cache_->accelerator().use([&]() -> const float* {
    want_logits();
    if (host_row_.size() == 0) host_row_ = HostArray<float>(device_, width());
    const Address address = register_at(output_index()) + sizeof(float) * row * width();
    device_->download(host_row_.data(), address, sizeof(float) * width());
    device_->synchronise();
    return host_row_.data();
  });
}

size_t DeviceProgram::weight_bytes() const {
  size_t bytes = 0;
  for (size_t i = 0; i < operands_.size(); i++) {
    if (plan_.instructions[i].operation == Operation::Linear) bytes += operands_[i].matrix->memory.size();
  }
  return bytes;
}

std::vector<double> DeviceProgram::take_times() {
  return cache_->accelerator().use([&] {
    timed_ = true;
    const size_t count = plan_.instructions.size() + 1;
    std::vector<double> times = std::exchange(times_, std::vector<double>(count));
    times.resize(count);
    return times;
  });
}

}  // namespace foretoken::cuda

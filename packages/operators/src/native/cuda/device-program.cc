#include "device-program.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../top.h"
#include "product-shapes.h"

namespace foretoken::cuda {
namespace {

constexpr size_t kMostGraphs = 64;

/// Rows from which attention keeps the GPU busy without splitting the positions of a row.
constexpr int kEnoughBlocks = 256;

template <class T>
T* pointer(Address address) {
  return reinterpret_cast<T*>(address);
}

int divided(int count, int size) { return (count + size - 1) / size; }

int padded(int count, int size) { return divided(count, size) * size; }

/// Passes of few rows are most of what is done: each count has its shape.
int row_bucket(int rows) {
  if (rows <= 8) return rows;
  if (rows <= 16) return padded(rows, 2);
  if (rows <= 64) return padded(rows, 16);
  return padded(rows, 64);
}

int span_bucket(int spans) {
  int size = 1;
  while (size * 4 < spans) size *= 2;
  return padded(spans, size);
}

int queries_together(int group) {
  for (const int count : {1, 2, 4}) {
    if (count >= group) return count;
  }
  return 8;
}

bool has_kernels(const Instruction& instruction) {
  return instruction.operation != Operation::Norm && instruction.operation != Operation::Scale &&
         instruction.activation == Activation::Silu && instruction.rotation == 0 && instruction.window == 0;
}

size_t pass_bytes(const PassShape& shape) { return shape.rows * sizeof(PassToken) + shape.scored * sizeof(int32_t); }

}  // namespace

std::shared_ptr<DeviceProgram> DeviceProgram::create(std::vector<Instruction> instructions,
                                                     std::shared_ptr<DeviceCache> cache,
                                                     std::vector<int32_t> vocabulary, std::string* error) {
  auto program = std::make_shared<DeviceProgram>();
  ProgramPlan& plan = program->plan_;
  if (!plan.make(std::move(instructions), cache->shape(), std::move(vocabulary), error)) return nullptr;
  for (const Instruction& instruction : plan.instructions) {
    if (!has_kernels(instruction)) {
      *error = "there are no CUDA kernels for scales, norms of their own, GELU, windows and rotation by layer";
      return nullptr;
    }
  }
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
  });
  return program;
}

bool DeviceProgram::run(ThreadPool&, const int32_t* tokens, const Step& step, const int32_t* scored, int scored_count,
                        int32_t* best, std::string* error) {
  return cache_->accelerator().use([&] {
    if (!plan_.accepts(tokens, step, scored, scored_count, *cache_, error)) return false;
    scored_count_ = 0;
    if (step.tokens == 0) return true;
    const PassShape shape = shape_of(step, scored_count);
    make_room(shape);
    write_pass(shape, tokens, step, scored, scored_count);
    if (timed_) run_timed(shape);
    else replay(shape);
    device_->synchronise();
    scored_count_ = scored_count;
    results_stride_ = shape.scored;
    if (scored_count > 0) std::memcpy(best, host_results_.data(), scored_count * sizeof(int32_t));
    count_done(plan_.length(scored_count));
    return true;
  });
}

PassShape DeviceProgram::shape_of(const Step& step, int scored_count) const {
  PassShape shape;
  shape.rows = row_bucket(step.tokens);
  shape.scored = std::min(row_bucket(scored_count), shape.rows);
  int end = 1;
  for (const StepSequence& sequence : step.sequences) end = std::max(end, sequence.start + sequence.count);
  shape.split = shape.rows * cache_->shape().kv_heads < kEnoughBlocks;
  shape.spans = shape.split ? span_bucket(divided(end, kSpanPositions)) : 1;
  return shape;
}

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
  need(&partials_, sizeof(float) * shape.rows * cache.heads * shape.spans * (cache.head_size + 2));
  for (size_t i = 0; i < operands_.size(); i++) {
    const Instruction& instruction = plan_.instructions[i];
    if (!instruction.gated || operands_[i].matrix->parts[0].gated) continue;
    need(&ungated_, (plan_.scored[i] ? scored_bytes : row_bytes) * instruction.matrix->rows);
  }
  need(&pass_, rows * sizeof(PassToken) + scored * sizeof(int32_t));
  need(&results_, 3 * scored_bytes);
  need(&chunks_, 3 * scored_bytes * divided(width(), kChunkValues));
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
  encode_pass(shape);
  device_->begin_graph();
  try {
    encode_pass(shape);
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

void DeviceProgram::encode_pass(const PassShape& shape) {
  begin(shape);
  const size_t count = plan_.length(shape.scored);
  for (size_t i = 0; i < count; i++) encode(shape, i);
  if (shape.scored > 0) encode_best(shape);
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
  if (shape.scored > 0) timed(plan_.instructions.size(), [&] { encode_best(shape); });
}

void DeviceProgram::begin(const PassShape& shape) {
  rounded_ = {};
  device_->upload(pass_.address(), host_pass_.data(), pass_bytes(shape));
}

void DeviceProgram::encode(const PassShape& shape, size_t index) {
  const Instruction& instruction = plan_.instructions[index];
  const int rows = rows_of(shape, index), width = plan_.widths[index];
  float* output = pointer<float>(register_at(static_cast<int>(index)));
  const auto* input = pointer<const float>(register_at(instruction.input));
  switch (instruction.operation) {
    case Operation::Embedding:
      for (const DevicePart& part : operands_[index].matrix->parts) {
        launch(std::string("embedding_") + kernel_format(part.format), rows, 1, 1, 128,
               EmbeddingArguments{pointer<const unsigned char>(part.weight), tokens_at(), output, width, part.first,
                                  part.rows});
      }
      break;
    case Operation::Linear:
      encode_linear(shape, index);
      break;
    case Operation::Attention:
      encode_attention(shape, index);
      break;
    case Operation::ScoredRows:
      launch("choose_rows", rows, 1, 1, 256,
             ChooseArguments{input, reinterpret_cast<const int*>(tokens_at() + shape.rows), output, width});
      break;
    case Operation::Add:
      launch("add_rows", rows, 1, 1, 256,
             RowsArguments{input, pointer<const float>(register_at(instruction.second)), output, width});
      break;
    case Operation::Norm:
    case Operation::Scale:
      break;  // Refused when the program is made.
    case Operation::Gate:
      launch("gate_rows", rows, 1, 1, 256, RowsArguments{input, nullptr, output, width});
      break;
  }
}

void DeviceProgram::round(int input, const Vector* norm, Address norm_values, int rows) {
  if (rounded_.input == input && rounded_.norm == norm) return;
  launch("round_rows", rows, 1, 1, kRowThreads,
         RoundArguments{pointer<const float>(register_at(input)), pointer<const float>(norm_values),
                        pointer<unsigned short>(halves_.address()), pointer<float>(scales_.address()),
                        norm == nullptr ? 0.0f : norm->epsilon, plan_.widths[input]});
  rounded_ = {input, norm};
}

void DeviceProgram::encode_linear(const PassShape& shape, size_t index) {
  const Instruction& instruction = plan_.instructions[index];
  const Operands& operands = operands_[index];
  const int rows = rows_of(shape, index), width = plan_.widths[index];
  round(instruction.input, instruction.norm.get(), operands.norm ? operands.norm->memory.address() : 0, rows);
  const bool gated_apart = instruction.gated && !operands.matrix->parts[0].gated;
  float* output = pointer<float>(register_at(static_cast<int>(index)));
  const auto* residual = pointer<const float>(register_at(instruction.second));
  ProductArguments arguments{};
  arguments.halves = pointer<const unsigned short>(halves_.address());
  arguments.scales = pointer<const float>(scales_.address());
  arguments.bias = operands.second_vector ? pointer<const float>(operands.second_vector->memory.address()) : nullptr;
  arguments.residual = gated_apart ? nullptr : residual;
  arguments.output = gated_apart ? pointer<float>(ungated_.address()) : output;
  arguments.n = rows;
  arguments.columns = instruction.matrix->columns;
  arguments.stride = gated_apart ? 2 * width : width;
  for (const DevicePart& part : operands.matrix->parts) {
    arguments.weight = pointer<const unsigned char>(part.weight);
    arguments.first = part.first;
    arguments.rows = part.rows;
    arguments.gated = part.gated ? 1 : 0;
    const ProductShape& product = product_shape(rows, part.tiles);
    launch(std::string("product_") + kernel_format(part.format) + "_" + product.name, divided(part.tiles, product.tiles),
           divided(rows, product.rows), 1, product.threads, arguments);
  }
  if (!gated_apart) return;
  launch("gate_rows", rows, 1, 1, 256, RowsArguments{arguments.output, nullptr, output, width});
  if (residual != nullptr) launch("add_rows", rows, 1, 1, 256, RowsArguments{output, residual, output, width});
}

void DeviceProgram::encode_attention(const PassShape& shape, size_t index) {
  const Instruction& instruction = plan_.instructions[index];
  const Operands& operands = operands_[index];
  const CacheShape& cache = cache_->shape();
  const int group = cache.heads / cache.kv_heads, together = queries_together(group);
  const auto values = [](const std::shared_ptr<DeviceVector>& vector) {
    return vector ? pointer<const float>(vector->memory.address()) : nullptr;
  };
  const auto epsilon = [](const std::shared_ptr<Vector>& vector) { return vector ? vector->epsilon : 0.0f; };
  float* queries = pointer<float>(queries_.address());
  float* partials = pointer<float>(partials_.address());
  launch("rotate_and_store", shape.rows, cache.heads + 2 * cache.kv_heads, 1, 128,
         RotateArguments{cache_->arguments(), tokens_at(), pointer<const float>(register_at(instruction.input)),
                         pointer<const float>(cache_->rotations()), values(operands.norm),
                         values(operands.second_vector), epsilon(instruction.norm), epsilon(instruction.second_vector),
                         queries, instruction.layer});
  launch(std::string("attend_") + (cache.half ? "half_" : "float_") + std::to_string(together), shape.spans,
         cache.kv_heads * divided(group, together), shape.rows, 256,
         AttendArguments{cache_->arguments(), tokens_at(), queries, partials, instruction.layer, shape.split ? 1 : 0});
  // The product behind it has its input ready.
  const bool product_follows = index + 1 < plan_.length(shape.scored) &&
                               plan_.instructions[index + 1].operation == Operation::Linear &&
                               plan_.instructions[index + 1].input == static_cast<int>(index) &&
                               !plan_.instructions[index + 1].norm;
  launch("join_spans", shape.rows, 1, 1, kRowThreads,
         JoinArguments{tokens_at(), partials, pointer<float>(register_at(static_cast<int>(index))),
                       product_follows ? pointer<unsigned short>(halves_.address()) : nullptr,
                       product_follows ? pointer<float>(scales_.address()) : nullptr, shape.spans, shape.split ? 1 : 0,
                       cache.heads, cache.head_size});
  if (product_follows) rounded_ = {static_cast<int>(index), nullptr};
}

void DeviceProgram::encode_best(const PassShape& shape) {
  const int chunks = divided(width(), kChunkValues), scored = shape.scored;
  const size_t column = sizeof(float) * scored;
  int* best = pointer<int>(results_.address());
  int* chunk_best = pointer<int>(chunks_.address());
  const BestArguments arguments{pointer<const float>(register_at(static_cast<int>(plan_.places.size()) - 1)),
                                width(),
                                chunk_best,
                                pointer<float>(chunks_.address() + column * chunks),
                                pointer<float>(chunks_.address() + 2 * column * chunks),
                                best,
                                pointer<float>(results_.address() + column),
                                pointer<float>(results_.address() + 2 * column)};
  launch("best_of_chunks", chunks, scored, 1, 256, arguments);
  launch("join_best", scored, 1, 1, 256, arguments);
  device_->download(host_results_.data(), results_.address(), 3 * column);
}

void DeviceProgram::top(ThreadPool&, int k, int32_t* tokens, float* logits_out, double* sums) {
  const int rows = scored_count_;
  if (rows == 0) return;
  const auto* best = reinterpret_cast<const int32_t*>(host_results_.data());
  const auto* most = reinterpret_cast<const float*>(best + results_stride_);
  const float* log_sum = most + results_stride_;
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
  // Two halves, each [rows][chunks][k] values and as many indices: what one launch gives the next one takes.
  const size_t half = 2 * sizeof(float) * rows * divided(width(), kChunkValues) * k;
  grow(&top_, 2 * half);
  const auto* values = pointer<const float>(register_at(static_cast<int>(plan_.places.size()) - 1));
  const int* indices = nullptr;
  int count = width();
  for (int round = 0;; round++) {
    const int chunks = divided(count, kChunkValues);
    const size_t given = static_cast<size_t>(rows) * chunks * k;
    float* next = pointer<float>(top_.address() + (round % 2) * half);
    int* next_indices = reinterpret_cast<int*>(next + given);
    launch("top_of_chunks", chunks, rows, 1, 256, TopArguments{values, indices, count, k, next, next_indices});
    values = next;
    indices = next_indices;
    count = chunks * k;
    if (chunks == 1) break;
  }
  device_->download(logits, reinterpret_cast<Address>(values), sizeof(float) * rows * k);
  device_->download(tokens, reinterpret_cast<Address>(indices), sizeof(int32_t) * rows * k);
  device_->synchronise();
}

const float* DeviceProgram::logits(int row) {
  if (row < 0 || row >= scored_count_) return nullptr;
  return cache_->accelerator().use([&]() -> const float* {
    if (host_row_.size() == 0) host_row_ = HostArray<float>(device_, width());
    const Address address = register_at(static_cast<int>(plan_.places.size()) - 1) + sizeof(float) * row * width();
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
    std::vector<double> times(plan_.instructions.size() + 1);
    times.swap(times_);
    times_.assign(plan_.instructions.size() + 1, 0.0);
    times.resize(plan_.instructions.size() + 1);
    return times;
  });
}

}  // namespace foretoken::cuda

#include "device-program.h"
#include "product-shapes.h"

namespace foretoken::cuda {
namespace {

int queries_together(int group) {
  for (const int count : {1, 2, 4}) {
    if (count >= group) return count;
  }
  return 8;
}

template <class Owner>
const float* values_of(const std::shared_ptr<Owner>& vector) {
  return vector ? pointer<const float>(vector->memory.address()) : nullptr;
}

float epsilon_of(const std::shared_ptr<Vector>& vector) { return vector ? vector->epsilon : 0.0f; }

int gate_of(Activation activation) { return activation == Activation::Gelu ? kGelu : kSilu; }

/// The spans that a token may see of `spans`.
int spans_within(int window, int spans) {
  return window == 0 ? spans : std::min(spans, divided(window - 1, kSpanPositions) + 1);
}

}  // namespace

void DeviceProgram::encode_graph(const PassShape& shape) {
  begin(shape);
  if (shape.guesses > 0) encode_chain(shape);
  else encode_pass(shape, results_.address());
  if (shape.scored > 0) device_->download(host_results_.data(), results_.address(), shape.result_bytes());
}

void DeviceProgram::begin(const PassShape& shape) {
  rounded_ = {};
  at_ = {pass_.address(), pass_.address() + shape.rows * sizeof(PassToken), 0};
  device_->upload(pass_.address(), host_pass_.data(), shape.pass_bytes());
}

void DeviceProgram::encode_pass(const PassShape& shape, Address results) {
  const size_t count = plan_.length(shape.scored);
  for (size_t i = 0; i < count; i++) encode(shape, i);
  if (shape.scored > 0) encode_best(shape, results);
}

void DeviceProgram::encode(const PassShape& shape, size_t index) {
  const Instruction& instruction = plan_.instructions[index];
  const int rows = rows_of(shape, index), width = plan_.widths[index];
  float* output = pointer<float>(register_at(static_cast<int>(index)));
  const auto* input = pointer<const float>(register_at(instruction.input));
  switch (instruction.operation) {
    case Operation::Embedding:
      for (const DevicePart& part : operands_[index].matrix->parts) {
        launch("embedding_" + kernel_format(part.format), rows, 1, 1, 128,
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
      launch("choose_rows", rows, 1, 1, 256, ChooseArguments{input, pointer<const int>(at_.chosen), output, width});
      break;
    case Operation::Add:
    case Operation::Scale: {
      const auto* second = pointer<const float>(register_at(instruction.second));
      launch("add_rows", rows, 1, 1, 256, RowsArguments{input, second, output, width, instruction.factor, kNotGated});
      break;
    }
    case Operation::Norm:
      launch("round_rows", rows, 1, 1, kRowThreads,
             RoundArguments{input, values_of(operands_[index].norm), nullptr, nullptr, instruction.norm->epsilon, width, output});
      break;
    case Operation::Gate:
      launch("gate_rows", rows, 1, 1, 256,
             RowsArguments{input, nullptr, output, width, 1, gate_of(instruction.activation)});
      break;
  }
}

void DeviceProgram::round(int input, const Vector* norm, Address norm_values, int rows) {
  if (rounded_.input == input && rounded_.norm == norm) return;
  launch("round_rows", rows, 1, 1, kRowThreads,
         RoundArguments{pointer<const float>(register_at(input)), pointer<const float>(norm_values),
                        pointer<unsigned short>(halves_.address()), pointer<float>(scales_.address()),
                        norm == nullptr ? 0.0f : norm->epsilon, plan_.widths[input], nullptr});
  rounded_ = {input, norm};
}

void DeviceProgram::encode_linear(const PassShape& shape, size_t index) {
  const Instruction& instruction = plan_.instructions[index];
  const Operands& operands = operands_[index];
  round(instruction.input, instruction.norm.get(), operands.norm ? operands.norm->memory.address() : 0,
        rows_of(shape, index));
  encode_products(shape, index);
}

void DeviceProgram::encode_products(const PassShape& shape, size_t index) {
  const Instruction& instruction = plan_.instructions[index];
  const Operands& operands = operands_[index];
  const int rows = rows_of(shape, index), width = plan_.widths[index];
  const bool gated_apart = instruction.gated && !operands.matrix->parts[0].gated;
  const bool chooses = static_cast<int>(index) == output_index();
  float* output = pointer<float>(register_at(static_cast<int>(index)));
  const auto* residual = pointer<const float>(register_at(instruction.second));
  ProductArguments arguments{};
  arguments.halves = pointer<const unsigned short>(halves_.address());
  arguments.scales = pointer<const float>(scales_.address());
  arguments.bias = values_of(operands.second_vector);
  arguments.residual = gated_apart ? nullptr : residual;
  arguments.output = gated_apart ? pointer<float>(ungated_.address()) : chooses && !shape.logits ? nullptr : output;
  arguments.going = pointer<const int>(at_.going);
  arguments.n = rows;
  arguments.columns = instruction.matrix->columns;
  arguments.stride = gated_apart ? 2 * width : width;
  if (chooses) {
    arguments.tile_best = pointer<unsigned long long>(tile_best_.address());
    arguments.tile_sums = pointer<float>(tile_sums_.address());
    arguments.tiles = tiles_;
  }
  for (const DevicePart& part : operands.matrix->parts) {
    arguments.weight = pointer<const unsigned char>(part.weight);
    arguments.first = part.first;
    arguments.rows = part.rows;
    arguments.gated = part.gated ? gate_of(instruction.activation) : kNotGated;
    const ProductShape& product = product_shape(rows, part.tiles);
    launch("product_" + kernel_format(part.format) + "_" + product.name, divided(part.tiles, product.tiles),
           divided(rows, product.rows), 1, product.threads, arguments);
    arguments.first_tile += part.tiles;
  }
  if (!gated_apart) return;
  launch("gate_rows", rows, 1, 1, 256,
         RowsArguments{arguments.output, nullptr, output, width, 1, gate_of(instruction.activation)});
  if (residual != nullptr) {
    launch("add_rows", rows, 1, 1, 256, RowsArguments{output, residual, output, width, 1, kNotGated});
  }
}

void DeviceProgram::encode_attention(const PassShape& shape, size_t index) {
  const Instruction& instruction = plan_.instructions[index];
  const Operands& operands = operands_[index];
  const CacheShape& cache = cache_->shape();
  const int group = cache.heads / cache.kv_heads, together = queries_together(group);
  const int spans = spans_within(instruction.window, spans_of(shape)), split = splits(shape.rows) ? 1 : 0;
  float* queries = pointer<float>(queries_.address());
  float* partials = pointer<float>(partials_.address());
  launch("rotate_and_store", shape.rows, cache.heads + 2 * cache.kv_heads, 1, 128,
         RotateArguments{cache_->arguments(), tokens_at(), pointer<const float>(register_at(instruction.input)),
                         pointer<const float>(cache_->rotation(instruction.rotation)), values_of(operands.norm),
                         values_of(operands.second_vector), epsilon_of(instruction.norm),
                         epsilon_of(instruction.second_vector), queries, instruction.layer});
  launch(std::string("attend_") + (cache.half ? "half_" : "float_") + std::to_string(together), spans,
         cache.kv_heads * divided(group, together), shape.rows, 256,
         AttendArguments{cache_->arguments(), tokens_at(), queries, partials, instruction.layer, split,
                         instruction.window});
  JoinArguments join{};
  join.tokens = tokens_at();
  join.partials = partials;
  join.output = pointer<float>(register_at(static_cast<int>(index)));
  join.parts = spans;
  join.split = split;
  join.window = instruction.window;
  join.heads = cache.heads;
  join.head_size = cache.head_size;
  // The product behind it has its input ready.
  const Instruction* next = index + 1 < plan_.length(shape.scored) ? &plan_.instructions[index + 1] : nullptr;
  if (next != nullptr && next->operation == Operation::Linear && next->input == static_cast<int>(index) && !next->norm) {
    join.halves = pointer<unsigned short>(halves_.address());
    join.scales = pointer<float>(scales_.address());
    rounded_ = {static_cast<int>(index), nullptr};
  }
  launch("join_spans", shape.rows, 1, 1, kRowThreads, join);
}

void DeviceProgram::encode_best(const PassShape& shape, Address results) {
  const size_t column = sizeof(float) * shape.scored;
  launch("join_best", shape.scored, 1, 1, kRowThreads,
         BestArguments{pointer<const unsigned long long>(tile_best_.address()), pointer<const float>(tile_sums_.address()),
                       tiles_, pointer<int>(results), pointer<float>(results + column),
                       pointer<float>(results + 2 * column)});
}

void DeviceProgram::encode_top(int rows, int k, Address values_out, Address indices_out) {
  const auto* values = pointer<const float>(register_at(output_index()));
  const int* indices = nullptr;
  int count = width();
  for (int round = 0; indices == nullptr || count > k; round++) {
    const int chunks = divided(count, kChunkValues);
    // What one launch gives the next one takes: by turns in two halves.
    float* next = pointer<float>(top_.address() + (round % 2) * (top_bytes(rows, k) / 2));
    int* next_indices = reinterpret_cast<int*>(next + static_cast<size_t>(rows) * chunks * k);
    if (chunks == 1) {
      next = pointer<float>(values_out);
      next_indices = pointer<int>(indices_out);
    }
    launch("top_of_chunks", chunks, rows, 1, 256, TopArguments{values, indices, count, k, next, next_indices});
    values = next;
    indices = next_indices;
    count = chunks * k;
  }
}

}  // namespace foretoken::cuda

// Small models and passes.
#pragma once

#include <cmath>

#include "../program.h"
#include "random-weights.h"

namespace foretoken {

inline std::shared_ptr<Cache> random_cache(Random& random, CacheShape shape) {
  std::string error;
  const size_t table = static_cast<size_t>(shape.capacity) * shape.head_size;
  auto cache = Cache::create(shape, floats(random, shape.rotations * table), &error);
  if (!cache) stop(error);
  return cache;
}

/// `sequences` holds [slot, start, count] of each.
inline Step step_of(const std::vector<int32_t>& parents, const std::vector<int32_t>& sequences) {
  Step step;
  std::string error;
  const int count = static_cast<int>(sequences.size() / 3);
  if (!step.read(parents.data(), static_cast<int>(parents.size()), sequences.data(), count, &error)) stop(error);
  return step;
}

/// One sequence's random tree behind `start` cached tokens.
inline Step random_step(Random& random, int start, int most) {
  std::vector<int32_t> parents;
  const int chain = between(random, 0, 10), count = between(random, 1, most);
  for (int t = 0; t < count; t++) parents.push_back(between(random, 0, 9) < chain ? t - 1 : between(random, -1, t - 1));
  return step_of(parents, {0, start, count});
}

struct ModelSizes {
  /// Values of a token between layers, and within a feed-forward part.
  int width;
  int inner;
  int vocabulary;
  Arithmetic arithmetic = Arithmetic::exact;
  /// Where it is not 0, a model of Gemma 3's kind: scaled embeddings, norms behind products, GELU, and every other layer
  /// with this window and the second table of rotary angles.
  int window = 0;
};

/// A decoder: attention, gated product and its like in two instructions, by turns. `format` chooses one for each matrix.
template <class Choose>
std::vector<Instruction> random_instructions(Random& random, const CacheShape& shape, const ModelSizes& sizes,
                                             const Choose& format) {
  const int width = sizes.width, inner = sizes.inner, vocabulary = sizes.vocabulary, size = shape.head_size;
  const Arithmetic arithmetic = sizes.arithmetic;
  const bool gemma = sizes.window > 0;
  const Activation activation = gemma ? Activation::Gelu : Activation::Silu;
  std::vector<Instruction> list;
  const auto push = [&](Operation operation, int input, std::shared_ptr<Matrix> matrix = nullptr) -> Instruction& {
    Instruction instruction;
    instruction.operation = operation;
    instruction.input = input;
    instruction.matrix = std::move(matrix);
    if (instruction.matrix) instruction.matrix->arithmetic = arithmetic;
    list.push_back(std::move(instruction));
    return list.back();
  };
  const auto last = [&] { return static_cast<int>(list.size()) - 1; };
  const auto add_to = [&](int hidden) {
    if (gemma) push(Operation::Norm, last()).norm = random_norm(random, width);
    const int part = last();
    push(Operation::Add, hidden).second = part;
  };
  push(Operation::Embedding, -1, random_matrix(random, vocabulary, width, format()));
  if (gemma) push(Operation::Scale, last()).factor = std::sqrt(static_cast<float>(width));
  for (int layer = 0; layer < shape.layers; layer++) {
    int hidden = last();
    // Query and key with halves of pairs apart, and the value in a format of its own.
    const int rotated = (shape.heads + shape.kv_heads) * size, values = shape.kv_heads * size;
    const auto projection = random_matrix(random, rotated, width, format(), size);
    append_random(random, projection, values, format(), 0);
    Instruction& project = push(Operation::Linear, hidden, projection);
    project.norm = random_norm(random, width);
    // Attention of a trained model weighs many positions; huge scores would let rounding choose one of two.
    for (float& value : project.norm->values) value *= 0.1f;
    if (layer % 2 == 1) project.second_vector = random_norm(random, rotated + values);
    Instruction& attend = push(Operation::Attention, last());
    attend.layer = layer;
    if (layer % 2 == 1) attend.norm = attend.second_vector = random_norm(random, size);
    if (gemma && layer % 2 == 0) attend.rotation = 1, attend.window = sizes.window;
    Instruction& out = push(Operation::Linear, last(), random_matrix(random, width, shape.heads * size, Format::F16));
    if (gemma) add_to(hidden);
    else out.second = hidden;
    hidden = last();
    if (layer % 2 == 0) {
      Instruction& gate = push(Operation::Linear, hidden, random_matrix(random, 2 * inner, width, format()));
      gate.gated = true;
      gate.activation = activation;
      gate.norm = random_norm(random, width);
    } else {
      push(Operation::Linear, hidden, random_matrix(random, 2 * inner, width, format())).norm = random_norm(random, width);
      push(Operation::Gate, last()).activation = activation;
    }
    push(Operation::Linear, last(), random_matrix(random, width, inner, format()));
    add_to(hidden);
  }
  push(Operation::ScoredRows, last());
  push(Operation::Linear, last(), random_matrix(random, vocabulary, width, format())).norm = random_norm(random, width);
  return list;
}

}  // namespace foretoken

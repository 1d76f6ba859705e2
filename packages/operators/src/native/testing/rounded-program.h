// A program on the CPU with the rounding of the GPU's and no other: what products take, and F32 weights, have 11 bits.
#pragma once

#include <cmath>
#include <cstring>

#include "../program.h"
#include "../thread-pool.h"
#include "plain-gate.h"

namespace foretoken {

/// To 11 bits, to even among two.
inline float rounded(float value) {
  int exponent;
  const float fraction = std::frexp(value, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 11)), exponent - 11);
}

inline std::shared_ptr<Matrix> rounded(const Matrix& matrix) {
  auto copy = std::make_shared<Matrix>();
  copy->columns = matrix.columns;
  for (const MatrixPart& part : matrix.parts) {
    std::vector<uint8_t> bytes(part.data, part.data + part.rows * part.row_bytes);
    for (size_t at = 0; part.format == Format::F32 && at < bytes.size(); at += sizeof(float)) {
      float value;
      std::memcpy(&value, bytes.data() + at, sizeof value);
      value = rounded(value);
      std::memcpy(bytes.data() + at, &value, sizeof value);
    }
    std::string error;
    const auto mapping = Mapping::of_bytes(bytes.data(), bytes.size());
    if (!copy->append(mapping, 0, part.format, part.rows, part.interleave, &error)) std::abort();
  }
  return copy;
}

class RoundedProgram {
 public:
  RoundedProgram(std::vector<Instruction> list, std::shared_ptr<Cache> cache)
      : list_(std::move(list)), cache_(std::move(cache)) {
    for (Instruction& instruction : list_) {
      if (!instruction.matrix) continue;
      for (const MatrixPart& part : instruction.matrix->parts) {
        if (part.format == Format::F32) {
          instruction.matrix = rounded(*instruction.matrix);
          break;
        }
      }
    }
  }

  Cache& cache() { return *cache_; }

  /// Logits of the scored rows, one after the other.
  std::vector<float> run(ThreadPool& pool, const int32_t* tokens, const Step& step, const std::vector<int32_t>& scored) {
    std::vector<std::vector<float>> registers;
    std::vector<int> widths;
    for (const Instruction& instruction : list_) {
      const std::vector<float> none;
      const std::vector<float>& input = instruction.input < 0 ? none : registers[instruction.input];
      const int width = instruction.input < 0 ? 0 : widths[instruction.input];
      const int n = instruction.input < 0 ? step.tokens : static_cast<int>(input.size()) / width;
      std::vector<float> output;
      switch (instruction.operation) {
        case Operation::Embedding:
          widths.push_back(instruction.matrix->columns);
          output.resize(static_cast<size_t>(n) * widths.back());
          embedding(pool, *instruction.matrix, tokens, n, output.data());
          break;
        case Operation::Linear: {
          LinearOptions options;
          options.weight = instruction.matrix.get();
          options.bias = instruction.second_vector ? instruction.second_vector->values.data() : nullptr;
          options.gated = instruction.gated;
          options.activation = instruction.activation;
          options.residual = instruction.second < 0 ? nullptr : registers[instruction.second].data();
          widths.push_back(linear_width(options));
          output.resize(static_cast<size_t>(n) * widths.back());
          linear(pool, taken(input, width, instruction.norm.get()).data(), n, options, output.data());
          break;
        }
        case Operation::Attention: {
          AttentionOptions options;
          options.layer = instruction.layer;
          options.rotation = instruction.rotation;
          options.window = instruction.window;
          options.query_norm = instruction.norm.get();
          options.key_norm = instruction.second_vector.get();
          const CacheShape& shape = cache_->shape();
          widths.push_back(shape.heads * shape.head_size);
          output.resize(static_cast<size_t>(n) * widths.back());
          attention(pool, step, *cache_, options, input.data(), output.data());
          break;
        }
        case Operation::ScoredRows:
          widths.push_back(width);
          for (const int row : scored) {
            output.insert(output.end(), input.begin() + static_cast<ptrdiff_t>(row) * width,
                          input.begin() + static_cast<ptrdiff_t>(row + 1) * width);
          }
          break;
        case Operation::Add:
          widths.push_back(width);
          output = input;
          for (size_t i = 0; i < output.size(); i++) output[i] += registers[instruction.second][i];
          break;
        case Operation::Norm:
          widths.push_back(width);
          output = normalised(input, width, *instruction.norm);
          break;
        case Operation::Scale:
          widths.push_back(width);
          for (const float value : input) output.push_back(value * instruction.factor);
          break;
        case Operation::Gate:
          widths.push_back(width / 2);
          for (int row = 0; row < n; row++) {
            const float* gate = input.data() + static_cast<size_t>(row) * width;
            for (int i = 0; i < width / 2; i++) {
              output.push_back(static_cast<float>(plain_gate(instruction.activation, gate[i], gate[width / 2 + i])));
            }
          }
          break;
      }
      registers.push_back(std::move(output));
    }
    return registers.back();
  }

 private:
  static std::vector<float> normalised(std::vector<float> rows, int width, const Vector& norm) {
    for (size_t row = 0; row < rows.size(); row += width) {
      double squares = 0;
      for (int i = 0; i < width; i++) squares += static_cast<double>(rows[row + i]) * rows[row + i];
      const float factor = static_cast<float>(1 / std::sqrt(squares / width + norm.epsilon));
      for (int i = 0; i < width; i++) rows[row + i] *= factor * norm.values[i];
    }
    return rows;
  }

  /// What a product takes of rows.
  static std::vector<float> taken(std::vector<float> rows, int width, const Vector* norm) {
    if (norm != nullptr) rows = normalised(std::move(rows), width, *norm);
    for (float& value : rows) value = rounded(value);
    return rows;
  }

  std::vector<Instruction> list_;
  std::shared_ptr<Cache> cache_;
};

}  // namespace foretoken

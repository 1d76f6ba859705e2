#include "program.h"

#include <algorithm>
#include <cmath>

namespace foretoken {
namespace {

bool has_size(const std::shared_ptr<Vector>& vector, int size) {
  return !vector || static_cast<int>(vector->values.size()) == size;
}

}  // namespace

bool ProgramPlan::make(std::vector<Instruction> list, const CacheShape& shape, std::vector<int32_t> named,
                       std::string* error) {
  instructions = std::move(list);
  vocabulary = std::move(named);
  for (size_t i = 0; i < instructions.size(); i++) {
    const Instruction& instruction = instructions[i];
    const auto refuse = [&](const char* reason) {
      *error = "instruction " + std::to_string(i) + ": " + reason;
      return false;
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
        if (instruction.rotation < 0 || instruction.rotation >= shape.rotations) return refuse("no such rotation");
        if (instruction.window < 0) return refuse("a window has no negative width");
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
      case Operation::Norm:
        if (!instruction.norm || !has_size(instruction.norm, width)) return refuse("a norm of this width is missing");
        widths.push_back(width);
        break;
      case Operation::Scale:
        if (!std::isfinite(instruction.factor)) return refuse("the factor is not finite");
        widths.push_back(width);
        break;
      case Operation::Gate:
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
    return false;
  }
  if (!vocabulary.empty() && static_cast<int>(vocabulary.size()) != widths.back()) {
    *error = std::to_string(vocabulary.size()) + " tokens are named for " + std::to_string(widths.back()) + " logits";
    return false;
  }
  place_registers();
  return true;
}

void ProgramPlan::place_registers() {
  const int count = static_cast<int>(instructions.size());
  std::vector<int> last_use(count);
  for (int i = 0; i < count; i++) {
    last_use[i] = i;
    if (instructions[i].input >= 0) last_use[instructions[i].input] = i;
    if (instructions[i].second >= 0) last_use[instructions[i].second] = i;
  }
  last_use[count - 1] = count;
  std::vector<int> free_at;
  for (int i = 0; i < count; i++) {
    const auto found = std::find_if(free_at.begin(), free_at.end(), [i](int at) { return at < i; });
    places.push_back(static_cast<int>(found - free_at.begin()));
    if (found == free_at.end()) free_at.push_back(last_use[i]);
    else *found = last_use[i];
  }
  buffers = static_cast<int>(free_at.size());
}

bool ProgramPlan::accepts(const int32_t* tokens, const Step& step, const int32_t* scored_rows, int scored_count,
                          const KvCache& cache, std::string* error) const {
  if (!fits(step, cache, error)) return false;
  for (int i = 0; i < scored_count; i++) {
    if (scored_rows[i] < 0 || scored_rows[i] >= step.tokens) {
      *error = "scored row " + std::to_string(scored_rows[i]) + " of a pass of " + std::to_string(step.tokens) + " tokens";
      return false;
    }
  }
  for (const Instruction& instruction : instructions) {
    if (instruction.operation != Operation::Embedding) continue;
    for (int i = 0; i < step.tokens; i++) {
      if (tokens[i] < 0 || tokens[i] >= instruction.matrix->rows) {
        *error = "token " + std::to_string(tokens[i]) + " is not in a vocabulary of " +
                 std::to_string(instruction.matrix->rows);
        return false;
      }
    }
  }
  return true;
}

size_t ProgramPlan::length(int scored_count) const {
  size_t count = instructions.size();
  if (scored_count == 0) {
    while (count > 0 && instructions[count - 1].operation != Operation::Attention) count--;
  }
  return count;
}

}  // namespace foretoken

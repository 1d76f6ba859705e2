#include "read-instruction.h"

namespace foretoken {
namespace {

Activation read_activation(Arguments& arguments, const std::string& name) {
  if (name == "gelu") return Activation::Gelu;
  if (name != "silu") arguments.fail("no activation is called '" + name + "'");
  return Activation::Silu;
}

Instruction read_instruction(Arguments& arguments, Fields& fields) {
  const std::string kind = fields.text("kind");
  Instruction instruction;
  if (kind == "embedding") {
    instruction.operation = Operation::Embedding;
    instruction.matrix = fields.object<Matrix>("table");
  } else if (kind == "linear") {
    instruction.operation = Operation::Linear;
    instruction.input = fields.integer("input");
    instruction.second = fields.integer_or("residual", -1);
    instruction.matrix = fields.object<Matrix>("weight");
    instruction.norm = fields.object<Vector>("norm");
    instruction.second_vector = fields.object<Vector>("bias");
    if (fields.find("gated") != nullptr) {
      instruction.gated = true;
      instruction.activation = read_activation(arguments, fields.text("gated"));
    }
    instruction.fine = fields.flag("fine");
  } else if (kind == "attention") {
    instruction.operation = Operation::Attention;
    instruction.input = fields.integer("input");
    instruction.layer = fields.integer("layer");
    instruction.norm = fields.object<Vector>("queryNorm");
    instruction.second_vector = fields.object<Vector>("keyNorm");
    instruction.rotation = fields.integer_or("rotation", 0);
    instruction.window = fields.integer_or("window", 0);
  } else if (kind == "scoredRows") {
    instruction.operation = Operation::ScoredRows;
    instruction.input = fields.integer("input");
  } else if (kind == "add") {
    instruction.operation = Operation::Add;
    instruction.input = fields.integer("a");
    instruction.second = fields.integer("b");
  } else if (kind == "gate") {
    instruction.operation = Operation::Gate;
    instruction.input = fields.integer("input");
    instruction.activation = read_activation(arguments, fields.text("activation"));
  } else if (kind == "norm") {
    instruction.operation = Operation::Norm;
    instruction.input = fields.integer("input");
    instruction.norm = fields.object<Vector>("norm");
  } else if (kind == "scale") {
    instruction.operation = Operation::Scale;
    instruction.input = fields.integer("input");
    instruction.factor = static_cast<float>(fields.number("factor"));
  } else {
    arguments.fail("no operation is called '" + kind + "'");
  }
  return instruction;
}

}  // namespace

std::vector<Instruction> read_instructions(Arguments& arguments, napi_value list) {
  std::vector<Instruction> instructions;
  each_object(arguments, list, [&](Fields& fields) { instructions.push_back(read_instruction(arguments, fields)); });
  return instructions;
}

}  // namespace foretoken

#include "read-instruction.h"

namespace foretoken {

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
    instruction.gated = fields.flag("gated");
    instruction.fine = fields.flag("fine");
  } else if (kind == "attention") {
    instruction.operation = Operation::Attention;
    instruction.input = fields.integer("input");
    instruction.layer = fields.integer("layer");
    instruction.norm = fields.object<Vector>("queryNorm");
    instruction.second_vector = fields.object<Vector>("keyNorm");
  } else if (kind == "scoredRows") {
    instruction.operation = Operation::ScoredRows;
    instruction.input = fields.integer("input");
  } else if (kind == "add") {
    instruction.operation = Operation::Add;
    instruction.input = fields.integer("a");
    instruction.second = fields.integer("b");
  } else if (kind == "gatedSilu") {
    instruction.operation = Operation::GatedSilu;
    instruction.input = fields.integer("input");
  } else {
    arguments.fail("no operation is called '" + kind + "'");
  }
  return instruction;
}

}  // namespace foretoken

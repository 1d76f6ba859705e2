#pragma once

#include "arguments.h"
#include "../program.h"

namespace foretoken {

/// An instruction as JavaScript writes it: `Instruction` of program.ts, property by property.
Instruction read_instruction(Arguments& arguments, Fields& fields);

}  // namespace foretoken

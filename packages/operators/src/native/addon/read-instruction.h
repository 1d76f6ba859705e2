#pragma once

#include "arguments.h"
#include "../program.h"

namespace foretoken {

/// Instructions as JavaScript writes them: `Instruction` of program.ts, property by property.
std::vector<Instruction> read_instructions(Arguments& arguments, napi_value list);

}  // namespace foretoken

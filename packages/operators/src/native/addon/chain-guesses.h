// `chain` as JavaScript calls it.
#pragma once

#include "arguments.h"

namespace foretoken {

/// chain(program, inputs). Gives [counts, tokens, confidences, candidates, probabilities], each with room for the most of any
/// sequence.
napi_value chain_guesses(Arguments& arguments);

}  // namespace foretoken

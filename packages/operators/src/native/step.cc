#include "step.h"

namespace foretoken {

bool Step::read(const int32_t* parents_in, int token_count, const int32_t* sequences_in, int sequence_count,
                std::string* error) {
  tokens = token_count;
  parents.assign(parents_in, parents_in + token_count);
  positions.resize(token_count);
  sequences.clear();
  int first = 0;
  for (int s = 0; s < sequence_count; s++) {
    StepSequence sequence{sequences_in[3 * s], sequences_in[3 * s + 1], first, sequences_in[3 * s + 2], true};
    if (sequence.slot < 0 || sequence.start < 0 || sequence.count < 1 || sequence.count > token_count - first) {
      *error = "sequence " + std::to_string(s) + " is slot " + std::to_string(sequence.slot) + ", start " +
               std::to_string(sequence.start) + ", " + std::to_string(sequence.count) + " tokens, with " +
               std::to_string(token_count - first) + " tokens left in the pass";
      return false;
    }
    for (int earlier = 0; earlier < s; earlier++) {
      if (sequences[earlier].slot == sequence.slot) {
        *error = "slot " + std::to_string(sequence.slot) + " is in the pass twice";
        return false;
      }
    }
    for (int t = 0; t < sequence.count; t++) {
      const int parent = parents[first + t];
      if (parent < -1 || parent >= t) {
        *error = "token " + std::to_string(t) + " of sequence " + std::to_string(s) + " has parent " +
                 std::to_string(parent) + "; a parent comes before its children";
        return false;
      }
      if (parent != t - 1) sequence.chain = false;
      positions[first + t] = parent < 0 ? sequence.start : positions[first + parent] + 1;
    }
    first += sequence.count;
    sequences.push_back(sequence);
  }
  if (first != token_count) {
    *error = std::to_string(token_count) + " tokens in the pass, " + std::to_string(first) + " in its sequences";
    return false;
  }
  return true;
}

}  // namespace foretoken

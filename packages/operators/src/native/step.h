// One forward pass: the new tokens of every sequence, one after the other, each sequence's a tree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace foretoken {

struct StepSequence {
  /// Slot of the KV cache.
  int slot;
  /// Tokens already in the cache.
  int start;
  /// First of its tokens in the pass, and how many there are.
  int first;
  int count;
  /// Whether each token follows the one before: then token t sees all before it.
  bool chain;
};

struct Step {
  int tokens = 0;
  std::vector<StepSequence> sequences;
  /// Parent of each token within its sequence, -1 for the last cached one.
  std::vector<int> parents;
  /// Position of each token in its text: `start` plus its depth in the tree.
  std::vector<int> positions;

  /// Reads a pass; false and `error` when it is not one. `sequences` holds [slot, start, count] of each.
  bool read(const int32_t* parents, int tokens, const int32_t* sequences, int sequence_count, std::string* error);
};

}  // namespace foretoken

// The guesses of a draft model: pass, choice, next pass, without a row of logits leaving native code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "program.h"

namespace foretoken {

/// How one sequence goes on from its own guesses.
struct ChainInput {
  int slot;
  /// Tokens already in the cache.
  int start;
  /// New tokens before the first guess, >= 1.
  int count;
  /// Most guesses, >= 1.
  int most;
  /// Guessing ends with the guess at which the product of the confidences falls below this.
  float minimum;
  /// Likeliest tokens that are given with a guess, and among which it is drawn.
  int candidates;
  /// What logits are divided by where guesses are drawn; 0 takes the likeliest token.
  float temperature;
  /// Candidates are cut before the temperature: to those that together have this probability, and
  float top_p;
  /// to those that have at least this share of the likeliest one's.
  float min_p;
  /// Numbers in [0, 1), one a guess; read only where guesses are drawn.
  const float* uniforms;
};

/// Where the guesses of one sequence go.
struct ChainOutput {
  int count = 0;
  /// [most].
  int32_t* tokens;
  /// Probability of the likeliest token at each guess, [most].
  float* confidences;
  /// What each guess was drawn from, likeliest first, zeros behind the last one; where none is drawn, their
  /// probabilities among all tokens: [most, candidates].
  int32_t* candidates;
  float* probabilities;
};

/// `tokens` holds the new tokens of every sequence one after the other. Guesses are in the cache
/// afterwards, but for the last one of each sequence. False and `error` when a pass is none.
bool chain(ThreadPool& pool, Program& program, const int32_t* tokens, const std::vector<ChainInput>& inputs,
           std::vector<ChainOutput>& outputs, std::string* error);

}  // namespace foretoken

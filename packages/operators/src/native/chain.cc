#include "chain.h"

#include <algorithm>
#include <cmath>

namespace foretoken {
namespace {

/// The place that a uniform number falls on; never one of probability 0.
int place_of(const float* probabilities, int count, float uniform) {
  int drawn = 0;
  float rest = uniform;
  for (int i = 0; i < count; i++) {
    if (probabilities[i] == 0) continue;
    drawn = i;
    rest -= probabilities[i];
    if (rest < 0) break;
  }
  return drawn;
}

/// The candidates of a row, likeliest first: logits by their places, and the sum of e^(logit - first logit) over the row.
struct Row {
  const int32_t* places;
  const float* logits;
  double sum;
};

/// What is drawn from.
void distribution(const Row& row, const ChainInput& input, float* probabilities) {
  double before = 0, total = 0;
  for (int i = 0; i < input.candidates; i++) {
    const double below = static_cast<double>(row.logits[i]) - row.logits[0];
    const double plain = std::exp(below);
    // The likeliest stays in any case.
    const bool kept = i == 0 || (before < input.top_p * row.sum && plain >= input.min_p);
    before += plain;
    const double weight = kept ? std::exp(below / input.temperature) : 0;
    probabilities[i] = std::isfinite(weight) ? static_cast<float>(weight) : 0;
    total += probabilities[i];
  }
  for (int i = 0; i < input.candidates; i++) probabilities[i] = static_cast<float>(probabilities[i] / total);
}

/// Guess number `output.count` of a sequence. False when its logits are no numbers.
bool guess(const Row& row, const Program& program, const ChainInput& input, double* product, ChainOutput& output) {
  const int at = output.count;
  int32_t* candidates = output.candidates + static_cast<size_t>(at) * input.candidates;
  float* probabilities = output.probabilities + static_cast<size_t>(at) * input.candidates;
  int place = 0;
  if (input.temperature == 0) {
    for (int i = 0; i < input.candidates; i++) {
      probabilities[i] = static_cast<float>(std::exp(static_cast<double>(row.logits[i]) - row.logits[0]) / row.sum);
    }
  } else {
    distribution(row, input, probabilities);
    place = place_of(probabilities, input.candidates, input.uniforms[at]);
  }
  // Not of the drawn token: whether this guess is made must not depend on what was drawn for it.
  const float confidence = probabilities[0];
  if (!(confidence > 0)) return false;
  *product *= confidence;
  for (int i = 0; i < input.candidates; i++) candidates[i] = program.token_of(row.places[i]);
  output.tokens[at] = candidates[place];
  output.confidences[at] = std::min(confidence, 1.0f);
  output.count++;
  return true;
}

}  // namespace

bool chain(ThreadPool& pool, Program& program, const int32_t* tokens, const std::vector<ChainInput>& inputs,
           std::vector<ChainOutput>& outputs, std::string* error) {
  /// Sequences that still guess, and where each goes on.
  std::vector<int> active;
  std::vector<int> starts;
  std::vector<int> counts;
  std::vector<double> products(inputs.size(), 1.0);
  /// Candidates of a row, and tokens of the first pass.
  int most = 1, total = 0;
  bool draws = false;
  std::vector<ChainLimit> limits;
  for (const ChainInput& input : inputs) {
    active.push_back(static_cast<int>(active.size()));
    starts.push_back(input.start);
    counts.push_back(input.count);
    total += input.count;
    most = std::max(most, input.candidates);
    draws = draws || input.temperature > 0;
    limits.push_back({input.most, input.minimum});
  }
  ChainRows rows{std::vector<int32_t>(inputs.size() * most), std::vector<float>(inputs.size() * most),
                 std::vector<double>(inputs.size())};
  std::vector<int32_t> pass(tokens, tokens + total);
  bool at_once = false;
  for (int guessed = 0; !active.empty(); guessed++) {
    const int count = static_cast<int>(active.size());
    if (!at_once) {
      std::vector<int32_t> parents, sequences, scored;
      for (const int index : active) {
        for (int t = 0; t < counts[index]; t++) parents.push_back(t - 1);
        sequences.insert(sequences.end(), {inputs[index].slot, starts[index], counts[index]});
        scored.push_back(static_cast<int32_t>(parents.size()) - 1);
      }
      Step step;
      if (!step.read(parents.data(), static_cast<int>(parents.size()), sequences.data(), count, error)) return false;
      at_once = guessed == 0 && !draws && program.run_chain(pass.data(), step, scored.data(), limits, most, &rows);
      std::vector<int32_t> best(count);
      if (!at_once) {
        if (!program.run(pool, pass.data(), step, scored.data(), count, best.data(), error)) return false;
        program.top(pool, most, rows.places.data(), rows.logits.data(), rows.sums.data());
      }
    }
    std::vector<int> going;
    pass.clear();
    for (int row = 0; row < count; row++) {
      const int index = active[row];
      const size_t at = at_once ? static_cast<size_t>(guessed) * inputs.size() + index : row;
      const Row candidates{rows.places.data() + at * most, rows.logits.data() + at * most, rows.sums[at]};
      const bool made = guess(candidates, program, inputs[index], &products[index], outputs[index]);
      if (!made || outputs[index].count >= inputs[index].most || products[index] < inputs[index].minimum) continue;
      starts[index] += counts[index];
      counts[index] = 1;
      pass.push_back(outputs[index].tokens[outputs[index].count - 1]);
      going.push_back(index);
    }
    active = going;
  }
  return true;
}

}  // namespace foretoken

#include "chain.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels.h"
#include "top.h"

namespace foretoken {
namespace {

/// Values that are raised to a power at a time, in memory of their own: the logits are kept.
constexpr int kExponents = 4096;

/// Sum of e^(x - maximum).
double sum_of_exponentials(const float* values, int width, float maximum) {
  float room[kExponents];
  double sum = 0;
  for (int at = 0; at < width; at += kExponents) {
    const int count = std::min(kExponents, width - at);
    std::memcpy(room, values + at, count * sizeof(float));
    sum += kernels().exponentials(room, count, maximum);
  }
  return sum;
}

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

/// Turns the candidates' logits into what is drawn from.
void distribution(const float* logits, int width, const ChainInput& input, const int32_t* candidates,
                  float* probabilities) {
  const float highest = logits[candidates[0]];
  const double sum = sum_of_exponentials(logits, width, highest);
  double before = 0, total = 0;
  for (int i = 0; i < input.candidates; i++) {
    const double plain = std::exp(static_cast<double>(logits[candidates[i]]) - highest);
    // The likeliest stays in any case.
    const bool kept = i == 0 || (before < input.top_p * sum && plain >= input.min_p);
    before += plain;
    const double weight = kept ? std::exp((static_cast<double>(logits[candidates[i]]) - highest) / input.temperature) : 0;
    probabilities[i] = std::isfinite(weight) ? static_cast<float>(weight) : 0;
    total += probabilities[i];
  }
  for (int i = 0; i < input.candidates; i++) probabilities[i] = static_cast<float>(probabilities[i] / total);
}

/// The likeliest tokens with their probabilities among all. Returns that of the first.
float likeliest(const float* logits, int width, int count, int32_t* candidates, float* probabilities) {
  if (count == 1) candidates[0] = kernels().best(logits, width);
  else highest(logits, width, count, candidates);
  const float most = logits[candidates[0]];
  const double sum = sum_of_exponentials(logits, width, most);
  for (int i = 0; i < count; i++) {
    probabilities[i] = static_cast<float>(std::exp(static_cast<double>(logits[candidates[i]]) - most) / sum);
  }
  return probabilities[0];
}

/// Guess number `output.count` of a sequence from its row of logits. False when these are no numbers.
bool guess(const float* logits, const Program& program, const ChainInput& input, double* product, ChainOutput& output) {
  const int width = program.width(), at = output.count;
  int32_t* candidates = output.candidates + static_cast<size_t>(at) * input.candidates;
  float* probabilities = output.probabilities + static_cast<size_t>(at) * input.candidates;
  int place = 0;
  float confidence;
  if (input.temperature == 0) {
    confidence = likeliest(logits, width, input.candidates, candidates, probabilities);
  } else {
    highest(logits, width, input.candidates, candidates);
    distribution(logits, width, input, candidates, probabilities);
    // Not of the drawn token: whether this guess is made must not depend on what was drawn for it.
    confidence = probabilities[0];
    place = place_of(probabilities, input.candidates, input.uniforms[at]);
  }
  if (!(confidence > 0)) return false;
  *product *= confidence;
  for (int i = 0; i < input.candidates; i++) candidates[i] = program.token_of(candidates[i]);
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
  for (const ChainInput& input : inputs) {
    active.push_back(static_cast<int>(active.size()));
    starts.push_back(input.start);
    counts.push_back(input.count);
  }
  int total = 0;
  for (const int count : counts) total += count;
  std::vector<int32_t> pass(tokens, tokens + total);
  while (!active.empty()) {
    std::vector<int32_t> parents, sequences, scored;
    for (const int index : active) {
      for (int t = 0; t < counts[index]; t++) parents.push_back(t - 1);
      sequences.insert(sequences.end(), {inputs[index].slot, starts[index], counts[index]});
      scored.push_back(static_cast<int32_t>(parents.size()) - 1);
    }
    Step step;
    const int rows = static_cast<int>(active.size());
    std::vector<int32_t> best(rows);
    if (!step.read(parents.data(), static_cast<int>(parents.size()), sequences.data(), rows, error)) return false;
    if (!program.run(pool, pass.data(), step, scored.data(), rows, best.data(), error)) return false;
    std::vector<uint8_t> guessed(rows);
    pool.run(rows, [&](int row) {
      const int index = active[row];
      guessed[row] = guess(program.logits(row), program, inputs[index], &products[index], outputs[index]);
    });
    std::vector<int> going;
    pass.clear();
    for (int row = 0; row < rows; row++) {
      const int index = active[row];
      if (!guessed[row] || outputs[index].count >= inputs[index].most || products[index] < inputs[index].minimum) continue;
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

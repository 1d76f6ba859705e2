// All passes of a chain of guesses in one graph: each begins with the best tokens of the one before.
#include <cmath>
#include <cstring>

#include "device-program.h"

namespace foretoken::cuda {
namespace {

/// Guesses of one graph; a longer chain is done pass by pass.
constexpr int kMostGuesses = 32;

/// Where the later passes of a chain lie: tokens, products of confidences, and how many sequences go on after each guess.
struct ChainPlaces {
  Address tokens, products, going;

  ChainPlaces(Address chain, const PassShape& shape)
      : tokens(chain), products(tokens + shape.scored * sizeof(PassToken)), going(products + shape.scored * sizeof(float)) {}
};

}  // namespace

size_t PassShape::chain_bytes() const {
  return scored * (sizeof(PassToken) + sizeof(float)) + guesses * sizeof(int);
}

bool DeviceProgram::run_chain(const int32_t* tokens, const Step& step, const int32_t* scored,
                              const std::vector<ChainLimit>& limits, int candidates, ChainRows* rows) {
  const int sequences = static_cast<int>(limits.size());
  int most = 1;
  for (const ChainLimit& limit : limits) most = std::max(most, limit.most);
  if (timed_ || candidates > kMostTop || most > kMostGuesses) return false;
  return cache_->accelerator().use([&] {
    // What is wrong with a pass is said when it is run alone.
    std::string error;
    if (!plan_.accepts(tokens, step, scored, sequences, *cache_, &error) || !chain_fits(step, limits)) return false;
    const PassShape shape = shape_of(step, sequences, most, candidates);
    scored_count_ = 0;
    make_room(shape);
    write_pass(shape, tokens, step, scored, sequences);
    write_limits(shape, limits);
    replay(shape);
    device_->synchronise();
    *rows = read_chain(shape, sequences, candidates);
    count_done(plan_.length(sequences) * static_cast<size_t>(most));
    return true;
  });
}

bool DeviceProgram::chain_fits(const Step& step, const std::vector<ChainLimit>& limits) const {
  for (size_t s = 0; s < limits.size(); s++) {
    const StepSequence& sequence = step.sequences[s];
    const int end = sequence.start + sequence.count + limits[s].most - 1;
    if (end > cache_->shape().capacity || end > cache_->rotation_positions()) return false;
  }
  return true;
}

void DeviceProgram::write_limits(const PassShape& shape, const std::vector<ChainLimit>& limits) {
  uint8_t* scored = host_pass_.data() + shape.rows * sizeof(PassToken) + shape.scored * sizeof(int);
  auto* own_rows = reinterpret_cast<int*>(scored);
  auto* given = reinterpret_cast<GuessLimit*>(own_rows + shape.scored);
  for (int row = 0; row < shape.scored; row++) {
    own_rows[row] = row;
    given[row] = {};
    if (row >= static_cast<int>(limits.size())) continue;
    // The last guess is found with more bits when all are read; here a sequence must not end before.
    const float minimum = limits[row].minimum;
    given[row] = {limits[row].most, minimum > 1e-30f ? 0.9999f * minimum : 0.0f};
  }
}

void DeviceProgram::encode_chain(const PassShape& shape) {
  PassShape pass = shape;
  for (int guess = 0; guess < shape.guesses; guess++) {
    const Address results = results_.address() + guess * shape.guess_bytes();
    encode_pass(pass, results);
    if (shape.candidates > 1) {
      const Address values = results + 3 * sizeof(float) * shape.scored;
      encode_top(shape.scored, shape.candidates, values, values + sizeof(float) * shape.scored * shape.candidates);
    }
    if (guess + 1 == shape.guesses) break;
    encode_advance(shape, guess, results);
    pass = later_pass(shape);
  }
}

void DeviceProgram::encode_advance(const PassShape& shape, int guess, Address results) {
  const ChainPlaces chain(chain_.address(), shape);
  const size_t column = sizeof(float) * shape.scored;
  const Address own_rows = pass_.address() + shape.rows * sizeof(PassToken) + shape.scored * sizeof(int);
  const Address going = chain.going + guess * sizeof(int);
  launch("advance_chain", 1, 1, 1, 256,
         AdvanceArguments{tokens_at(), pointer<const int>(at_.chosen), pointer<const int>(results),
                          pointer<const float>(results + column), pointer<const float>(results + 2 * column),
                          pointer<const int>(vocabulary_.address()),
                          pointer<const GuessLimit>(own_rows + shape.scored * sizeof(int)),
                          pointer<float>(chain.products), pointer<PassToken>(chain.tokens), pointer<int>(going),
                          shape.scored, guess});
  at_ = {chain.tokens, own_rows, going};
  rounded_ = {};
}

ChainRows DeviceProgram::read_chain(const PassShape& shape, int sequences, int candidates) const {
  ChainRows rows;
  for (int guess = 0; guess < shape.guesses; guess++) {
    const auto* best = reinterpret_cast<const int32_t*>(host_results_.data() + guess * shape.guess_bytes());
    const auto* most = reinterpret_cast<const float*>(best + shape.scored);
    const float* log_sum = most + shape.scored;
    const float* logits = candidates > 1 ? log_sum + shape.scored : most;
    const auto* places = candidates > 1 ? reinterpret_cast<const int32_t*>(logits + shape.scored * candidates) : best;
    rows.logits.insert(rows.logits.end(), logits, logits + sequences * candidates);
    rows.places.insert(rows.places.end(), places, places + sequences * candidates);
    for (int row = 0; row < sequences; row++) {
      rows.sums.push_back(std::exp(static_cast<double>(log_sum[row]) - most[row]));
    }
  }
  return rows;
}

}  // namespace foretoken::cuda

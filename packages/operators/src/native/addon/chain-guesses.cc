#include "chain-guesses.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "../chain.h"

namespace foretoken {

napi_value chain_guesses(Arguments& arguments) {
  auto program = arguments.object<Program>(arguments.integer(0), "program");
  std::vector<ChainInput> inputs;
  std::vector<int32_t> tokens;
  each_object(arguments, arguments[1], [&](Fields& fields) {
    ChainInput input{};
    input.slot = fields.integer("slot");
    input.start = fields.integer("start");
    input.most = fields.integer("most");
    input.minimum = static_cast<float>(fields.number("minimumConfidence"));
    input.candidates = fields.integer_or("alternatives", 1);
    size_t count = 0, uniforms = 0;
    const auto* own = fields.array<int32_t>("tokens", &count);
    tokens.insert(tokens.end(), own, own + count);
    input.count = static_cast<int>(count);
    if (const napi_value given = fields.find("draw")) {
      Fields draw(arguments, given);
      input.candidates = draw.integer("candidates");
      input.temperature = static_cast<float>(draw.number("temperature"));
      input.top_p = static_cast<float>(draw.number("topP"));
      input.min_p = static_cast<float>(draw.number("minP"));
      input.uniforms = draw.array<float>("uniforms", &uniforms);
      draw.finish();
      if (!(input.temperature > 0)) arguments.fail("a temperature is above 0");
      if (uniforms < static_cast<size_t>(input.most)) arguments.fail("a number is needed for every guess");
    }
    if (input.count < 1 || input.most < 1 || input.most > 1024 || input.candidates < 1 ||
        (program && input.candidates > program->width())) {
      arguments.fail("sequence " + std::to_string(inputs.size()) + " has limits that are none");
    }
    inputs.push_back(input);
  });
  if (arguments.ok && inputs.empty()) arguments.fail("a chain needs sequences");
  if (!arguments.ok) return nullptr;
  size_t most = 1, candidates = 1;
  for (const ChainInput& input : inputs) {
    most = std::max(most, static_cast<size_t>(input.most));
    candidates = std::max(candidates, static_cast<size_t>(input.candidates));
  }
  const size_t rows = inputs.size() * most;
  int32_t *counts = nullptr, *guesses = nullptr, *listed = nullptr;
  float *confidences = nullptr, *probabilities = nullptr;
  const napi_value result = arguments.list(
      {arguments.make_array(inputs.size(), &counts), arguments.make_array(rows, &guesses),
       arguments.make_array(rows, &confidences), arguments.make_array(rows * candidates, &listed),
       arguments.make_array(rows * candidates, &probabilities)});
  std::vector<ChainOutput> outputs;
  for (size_t s = 0; s < inputs.size(); s++) {
    const size_t first = s * most;
    outputs.push_back({0, guesses + first, confidences + first, listed + first * candidates,
                       probabilities + first * candidates});
  }
  std::string error;
  if (!chain(*shared_pool(), *program, tokens.data(), inputs, outputs, &error)) {
    arguments.fail(error);
    return nullptr;
  }
  for (size_t s = 0; s < inputs.size(); s++) counts[s] = outputs[s].count;
  return result;
}

}  // namespace foretoken

#include "chain-guesses.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "chain.h"

namespace foretoken {

napi_value chain_guesses(Arguments& arguments) {
  constexpr size_t fields = 9;
  auto program = find_object<Program>(arguments.integer(0));
  size_t token_count = 0, length = 0, uniform_count = 0;
  const auto* tokens = arguments.array<int32_t>(1, napi_int32_array, &token_count);
  const auto* numbers = arguments.array<double>(2, napi_float64_array, &length);
  const auto* uniforms = arguments.array<float>(3, napi_float32_array, &uniform_count);
  if (arguments.ok && !program) arguments.fail("no program has this number");
  if (arguments.ok && (length == 0 || length % fields != 0)) arguments.fail("sequences are cut short");
  if (!arguments.ok) return nullptr;
  std::vector<ChainInput> inputs;
  size_t most = 1, candidates = 1, fed = 0;
  bool draws = false;
  for (size_t at = 0; at < length; at += fields) {
    const double* field = numbers + at;
    const auto whole = [&](int index) { return static_cast<int>(field[index]); };
    const ChainInput input{whole(0), whole(1), whole(2), whole(3), static_cast<float>(field[4]), whole(5),
                           static_cast<float>(field[6]), static_cast<float>(field[7]), static_cast<float>(field[8]),
                           nullptr};
    if (input.count < 1 || input.most < 1 || input.most > 1024 || input.candidates < 1 ||
        input.candidates > program->width() || !(input.temperature >= 0)) {
      arguments.fail("sequence " + std::to_string(inputs.size()) + " has limits that are none");
      return nullptr;
    }
    fed += static_cast<size_t>(input.count);
    most = std::max(most, static_cast<size_t>(input.most));
    candidates = std::max(candidates, static_cast<size_t>(input.candidates));
    draws = draws || input.temperature > 0;
    inputs.push_back(input);
  }
  if (fed != token_count) arguments.fail("as many tokens as the sequences count are needed");
  if (draws && uniform_count != inputs.size() * most) arguments.fail("a number is needed for every guess");
  if (!arguments.ok) return nullptr;
  const size_t rows = inputs.size() * most;
  const size_t sizes[5] = {inputs.size(), rows, rows, rows * candidates, rows * candidates};
  const napi_typedarray_type types[5] = {napi_int32_array, napi_int32_array, napi_float32_array, napi_int32_array,
                                         napi_float32_array};
  void* data[5] = {};
  napi_value buffers[5], arrays[5], result = nullptr;
  napi_create_array_with_length(arguments.env, 5, &result);
  for (int i = 0; i < 5; i++) {
    napi_create_arraybuffer(arguments.env, sizes[i] * 4, &data[i], &buffers[i]);
    napi_create_typedarray(arguments.env, types[i], sizes[i], buffers[i], 0, &arrays[i]);
    napi_set_element(arguments.env, result, i, arrays[i]);
  }
  std::vector<ChainOutput> outputs(inputs.size());
  for (size_t s = 0; s < inputs.size(); s++) {
    if (draws) inputs[s].uniforms = uniforms + s * most;
    outputs[s].tokens = static_cast<int32_t*>(data[1]) + s * most;
    outputs[s].confidences = static_cast<float*>(data[2]) + s * most;
    outputs[s].candidates = static_cast<int32_t*>(data[3]) + s * most * candidates;
    outputs[s].probabilities = static_cast<float*>(data[4]) + s * most * candidates;
  }
  std::string error;
  if (!chain(*shared_pool(), *program, tokens, inputs, outputs, &error)) {
    arguments.fail(error);
    return nullptr;
  }
  for (size_t s = 0; s < inputs.size(); s++) static_cast<int32_t*>(data[0])[s] = outputs[s].count;
  return result;
}

}  // namespace foretoken

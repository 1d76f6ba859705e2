// Runs programs on the fake driver, whose kernels are the GPU's text on the host, against the CPU's exact arithmetic: trees,
// prompts in pieces, moves in the cache, guesses, graphs, and every failure of a device. Usage: fuzz-cuda [seed] [rounds].
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "../flush-subnormals.h"
#include "device-passes.h"

extern "C" long long fakeKernelsAsked();
extern "C" long long fakeGraphsAsked();

namespace foretoken {
namespace {

using cuda::Device;
using cuda::DeviceError;

/// The program itself exports the driver's functions.
const char* const kDriver = "";

std::shared_ptr<Accelerator> open_accelerator() {
  const auto device = Device::open(kDriver);
  // The fake one has all kernels.
  device->load({'-'});
  return std::make_shared<Accelerator>(device);
}

std::string code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DeviceError& error) {
    return error.code();
  }
  return "none";
}

void expect_code(const char* what, const std::function<void()>& action, const std::string& expected) {
  const std::string code = code_of(action);
  if (code != expected) stop(std::string(what) + ": " + code + ", expected " + expected);
}

struct Setting {
  const char* name;
  Setting(const char* variable, const char* value) : name(variable) { setenv(variable, value, 1); }
  ~Setting() { unsetenv(name); }
};

void check_faults(Random& random) {
  expect_code("no library", [] { Device::open("libcuda-that-is-not-there.so.1"); }, "no-gpu-driver");
  const char* const machines[][3] = {{"FAKE_CUDA_VERSION", "11080", "gpu-driver-too-old"},
                                     {"FAKE_CUDA_DEVICES", "0", "no-gpu"},
                                     {"FAKE_CUDA_ARCHITECTURE", "75", "gpu-too-old"}};
  for (const auto& [variable, value, code] : machines) {
    const Setting setting(variable, value);
    expect_code(variable, open_accelerator, code);
  }
  {
    const Setting small("FAKE_CUDA_MEMORY", "100000");
    expect_code("little memory", [&] { random_pair(random, open_accelerator(), false); }, "gpu-out-of-memory");
  }
  {
    // Memory that is said to be free and is not: of the cache, its table, or any of the weights.
    for (const char* allocations : {"0", "1", "2", "9"}) {
      const auto accelerator = open_accelerator();
      const Setting few("FAKE_CUDA_ALLOCATIONS", allocations);
      expect_code("upload", [&] { random_pair(random, accelerator, false); }, "gpu-out-of-memory");
      if (accelerator->take_fault() != "gpu-out-of-memory" || !accelerator->take_fault().empty()) stop("no fault noted");
    }
  }
  for (const char* launches : {"0", "7", "30"}) {
    const Pair pair = random_pair(random, open_accelerator(), false);
    Pass pass;
    pass.add(random, pair, 0, 0, 5, false);
    pass.scored = {4};
    const Setting lost("FAKE_CUDA_LAUNCHES", launches);
    expect_code("lost in a pass", [&] { while (true) run(*pair.device, pass); }, "gpu-lost");
    expect_code("lost for good", [&] { run(*pair.device, pass); }, "gpu-lost");
    if (pair.device->logits(0) != nullptr) stop("rows of a failed pass");
  }
  // A process that is started anew has a GPU again.
  const Pair pair = random_pair(random, open_accelerator(), false);
  fuzz_passes(random, pair);
}

/// A chain of a shape that came before is one graph, however many guesses it makes; other shapes have others.
void check_chain_graphs(Random& random) {
  const Pair pair = random_pair(random, open_accelerator(), false);
  const auto asked_by = [&](int start, int most, int candidates, float minimum) {
    const ChainInput input{0, start, 2, most, minimum, candidates, 0, 1, 0, nullptr};
    const long long kernels = fakeKernelsAsked(), graphs = fakeGraphsAsked();
    const Guesses guesses(*pair.device, {1, 2}, {input});
    if (minimum == 0) check("guesses", guesses.outputs[0].count, most, 0);
    if (minimum > 1) check("guesses below any confidence", guesses.outputs[0].count, 1, 0);
    return std::make_pair(fakeKernelsAsked() - kernels, fakeGraphsAsked() - graphs);
  };
  // The largest first: memory stays where it is.
  for (const int candidates : {3, 1}) {
    for (const int most : {6, 4, 1}) {
      asked_by(0, most, candidates, 0);
      for (const float minimum : {0.0f, 0.5f, 2.0f}) {
        const auto [kernels, graphs] = asked_by(2 * most, most, candidates, minimum);
        check("kernels of a chain begun by the host", static_cast<double>(kernels), 0, 0);
        check("graphs of a chain", static_cast<double>(graphs), 1, 0);
      }
    }
  }
  const auto& program = static_cast<DeviceProgram&>(*pair.device);
  check("graphs of six shapes", static_cast<double>(program.graphs()), 6, 0);
  asked_by(0, 5, 3, 0);
  check("a chain of one guess less", static_cast<double>(program.graphs()), 6, 0);
  // Behind a chain that ended early, logits that no pass kept.
  Pass pass;
  pass.add(random, pair, 1, 0, 3, false);
  pass.scored = {2};
  const Rows rows = run(*pair.device, pass);
  int32_t best = 0;
  for (int times = 0; times < 2; times++) run_only(*pair.device, pass, &best);
  asked_by(0, 6, 1, 2.0f);
  run_only(*pair.device, pass, &best);
  check_same("logits behind a chain", {pair.device->logits(0), pair.device->logits(0) + pair.device->width()}, rows[0]);
}

/// A program that does not end with a product has nothing to choose from, and of a head no more than 256 values fit.
void check_refusal(Random& random) {
  CacheShape shape{2, 2, 1, 8, 1, 64, false};
  std::vector<Instruction> list = random_instructions(random, shape, {32, 32, 20}, [] { return Format::Q8_0; });
  Instruction add;
  add.operation = Operation::Add;
  add.input = add.second = static_cast<int>(list.size()) - 1;
  list.push_back(add);
  const auto create = [&] { pair_of(list, shape, open_accelerator()); };
  expect_code("a program that ends with a sum", create, "gpu-unsupported-model");
  shape.head_size = 258;
  list = random_instructions(random, shape, {32, 32, 20}, [] { return Format::Q8_0; });
  expect_code("large heads", create, "gpu-unsupported-model");
}

void check_leaks() {
  const auto device = Device::open(kDriver);
  if (device->free_memory() != device->description().memory) {
    fail("bytes left on the device", static_cast<double>(device->description().memory - device->free_memory()), 0);
  }
}

}  // namespace
}  // namespace foretoken

int main(int count, char** arguments) {
  using namespace foretoken;
  const unsigned seed = count > 1 ? static_cast<unsigned>(std::atoi(arguments[1])) : 1;
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 10;
  const FlushSubnormals flush;
  Random random(seed);
  for (int round = 0; round < rounds; round++) {
    // One kind of model after the other, each in one part of a round.
    const bool gemma = round % 2 == 0;
    const Pair pair = random_pair(random, open_accelerator(), gemma);
    fuzz_passes(random, pair);
    fuzz_chain(random, pair);
    // Of its own, which has met no shape yet.
    fuzz_graphs(random, random_pair(random, open_accelerator(), !gemma));
  }
  check_chain_graphs(random);
  check_refusal(random);
  check_faults(random);
  check_leaks();
  check("mean distance from exact", from_exact.mean(), 0, 1e-3);
  std::printf("programs on the device: clean, %.1e from exact, at most %.1e; of rounded activations %.1e, at most %.1e\n",
              from_exact.mean(), from_exact.worst, from_rounded.mean(), from_rounded.worst);
  return 0;
}

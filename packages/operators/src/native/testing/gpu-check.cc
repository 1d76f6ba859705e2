// What a GPU does with the kernels, in parts that scripts/gpu-check.sh starts as processes of their own, since a GPU that
// fails takes its process with it. Each prints JSON objects, one a line, and ends with 1 where something did not hold. Usage:
//   gpu-check PART DRIVER NVRTC SOURCES KERNELS [ARCHITECTURE]
// PART is `device`, `compile` (from SOURCES into the folder KERNELS, for the GPU or for ARCHITECTURE without one), `kernels`
// (each against plain loops; `kernels:N` from the Nth check on), `llama-models` or `gemma-models` (whole random ones of this
// kind against the CPU), or the name of a model's shape to measure. An empty DRIVER stands for the fake one in the program itself: all is small then.
#include <unistd.h>

#include <chrono>
#include <cstdarg>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <thread>

#include "../cuda/compiler.h"
#include "../flush-subnormals.h"
#include "cuda-attention.h"
#include "cuda-choice.h"
#include "cuda-products.h"
#include "device-heap.h"
#include "device-passes.h"

namespace foretoken {
namespace {

using cuda::Device;
using cuda::DeviceError;
using cuda::Memory;

/// Bytes that are copied to measure the memory's bandwidth.
constexpr size_t kCopied = 1 << 30;
/// Host memory for the vectors of the checks of kernels.
constexpr size_t kHeap = 512 << 20;

struct Options {
  std::string part, driver, compiler, sources, kernels, architecture;
  bool small() const { return driver.empty(); }
};

/// Prints a JSON object.
[[gnu::format(printf, 1, 2)]] void add(const char* format, ...) {
  va_list values;
  va_start(values, format);
  std::vprintf(format, values);
  va_end(values);
  std::putchar('\n');
  std::fflush(stdout);
}

/// Within a JSON string.
std::string quoted(std::string text) {
  for (char& each : text) {
    if (each == '"' || each == '\\' || static_cast<unsigned char>(each) < ' ') each = '\'';
  }
  return text;
}

bool failed = false;

void add_failure(const std::string& what, const std::string& reason) {
  failed = true;
  add("{\"failed\":\"%s\",\"reason\":\"%s\"}", what.c_str(), quoted(reason).c_str());
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// A model's shape with the formats that its files have.
struct Shape {
  std::string name;
  CacheShape cache;
  int width;
  int inner;
  int vocabulary;
  bool biased;
  /// Of a model of Gemma 3's kind (`ModelSizes::window`), for all layers but each sixth; else 0.
  int window;
  /// Of most matrices; of values, every other one that leads out of a feed-forward part, and the output.
  Format format, finer;
};

std::shared_ptr<Vector> norm_of(Random& random, int size, float scale) {
  auto norm = random_norm(random, size);
  for (float& value : norm->values) value = scale * (1.5f + value);
  return norm;
}

std::vector<Instruction> instructions_of(Random& random, const Shape& shape) {
  std::vector<Instruction> list;
  const CacheShape& cache = shape.cache;
  const auto push = [&](Operation operation, int input, std::shared_ptr<Matrix> matrix = nullptr) -> Instruction& {
    Instruction instruction;
    instruction.operation = operation;
    instruction.input = input;
    instruction.matrix = std::move(matrix);
    list.push_back(std::move(instruction));
    return list.back();
  };
  const auto last = [&] { return static_cast<int>(list.size()) - 1; };
  const int heads = cache.heads * cache.head_size, kv = cache.kv_heads * cache.head_size;
  const auto table = random_matrix(random, shape.vocabulary, shape.width, shape.finer);
  const bool gemma = shape.window > 0;
  /// A product whose result is added to a register.
  const auto add_product = [&](std::shared_ptr<Matrix> matrix, int hidden) {
    Instruction& product = push(Operation::Linear, last(), std::move(matrix));
    if (!gemma) {
      product.second = hidden;
      return;
    }
    push(Operation::Norm, last()).norm = norm_of(random, shape.width, 0.1f);
    const int part = last();
    push(Operation::Add, hidden).second = part;
  };
  push(Operation::Embedding, -1, table);
  if (gemma) push(Operation::Scale, last()).factor = std::sqrt(static_cast<float>(shape.width));
  for (int layer = 0; layer < cache.layers; layer++) {
    const int hidden = last();
    const auto projection = random_matrix(random, heads + kv, shape.width, shape.format);
    append_random(random, projection, kv, layer % 2 == 0 ? shape.finer : shape.format, 0);
    Instruction& project = push(Operation::Linear, hidden, projection);
    project.norm = norm_of(random, shape.width, 0.01f);
    if (shape.biased) project.second_vector = random_norm(random, heads + 2 * kv);
    Instruction& attend = push(Operation::Attention, last());
    attend.layer = layer;
    if (gemma) attend.norm = attend.second_vector = norm_of(random, cache.head_size, 0.1f);
    if (gemma && layer % 6 != 5) attend.rotation = 1, attend.window = shape.window;
    add_product(random_matrix(random, shape.width, heads, shape.format), hidden);
    const int between_parts = last();
    Instruction& gate = push(Operation::Linear, between_parts, random_matrix(random, 2 * shape.inner, shape.width, shape.format));
    gate.gated = true;
    gate.activation = gemma ? Activation::Gelu : Activation::Silu;
    gate.norm = norm_of(random, shape.width, 0.05f);
    const Format down = layer % 2 == 0 ? shape.finer : shape.format;
    add_product(random_matrix(random, shape.width, shape.inner, down), between_parts);
  }
  push(Operation::ScoredRows, last());
  push(Operation::Linear, last(), table).norm = norm_of(random, shape.width, 0.1f);
  return list;
}

Pass chain_of(Random& random, const Pair& pair, int start, int count, bool all) {
  Pass pass;
  pass.add(random, pair, 0, start, count, false);
  if (all) score_all(&pass);
  else pass.scored = {count - 1};
  return pass;
}

/// Seconds of a pass with what it takes to begin and to wait for it; no row of logits is copied.
double time_pass(Program& program, const Pass& pass, int rounds) {
  const Step step = step_of(pass.parents, pass.sequences);
  std::vector<int32_t> best(pass.scored.size());
  std::vector<double> times;
  for (int round = 0; round < rounds + 2; round++) {
    const double begin = now();
    run_step(program, pass, step, best.data());
    if (round >= 2) times.push_back(now() - begin);
  }
  return median(times);
}

/// Bytes a second, read and written, of the driver's own copy.
double copy_bandwidth(const std::shared_ptr<Device>& device, size_t bytes) {
  const Memory from(device, bytes), to(device, bytes);
  device->clear(from.address(), bytes);
  std::vector<double> times;
  for (int round = 0; round < 7; round++) {
    device->start_timing();
    device->copy(to.address(), from.address(), bytes);
    times.push_back(1e-3 * device->stop_timing());
  }
  return 2.0 * static_cast<double>(bytes) / median(times);
}

/// Per cent of the time in which the GPU had something to do, as nvidia-smi says, over some seconds; -1 without it.
double utilisation(int seconds) {
  const std::string command = "timeout " + std::to_string(seconds) +
                              " nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -lms 200 2>/dev/null";
  FILE* output = popen(command.c_str(), "r");
  if (output == nullptr) return -1;
  std::vector<double> samples;
  for (double sample = 0; std::fscanf(output, "%lf", &sample) == 1;) samples.push_back(sample);
  pclose(output);
  // The first ones look back to before.
  if (samples.size() < 8) return -1;
  double sum = 0;
  for (size_t i = 5; i < samples.size(); i++) sum += samples[i];
  return sum / static_cast<double>(samples.size() - 5);
}

/// Token by token for some seconds.
void decode(Random& random, const Pair& pair, const Shape& shape, int context, int seconds) {
  const Pass pass = chain_of(random, pair, context, 1, true);
  time_pass(*pair.device, pass, 3);
  double busy = -1;
  std::thread watch;
  if (seconds > 0) watch = std::thread([&] { busy = utilisation(seconds); });
  int passes = 0;
  const double begin = now();
  do {
    time_pass(*pair.device, pass, 8);
    passes += 10;
  } while (now() - begin < seconds);
  const double taken = now() - begin;
  if (watch.joinable()) watch.join();
  add("{\"model\":\"%s\",\"context\":%d,\"tokensPerSecond\":%.1f,\"utilisation\":%.1f}", shape.name.c_str(), context,
      passes / taken, busy);
}

/// What an instruction is, with the shape and the formats of its weight.
std::string name_of(const Instruction& instruction) {
  static const char* const names[] = {"embedding", "linear", "attention", "scoredRows", "add", "gate", "norm", "scale"};
  std::string name = names[static_cast<int>(instruction.operation)];
  if (instruction.window > 0) name += " window " + std::to_string(instruction.window);
  if (instruction.operation != Operation::Linear) return name;
  name += " " + std::to_string(instruction.matrix->rows) + "x" + std::to_string(instruction.matrix->columns);
  for (const MatrixPart& part : instruction.matrix->parts) name += std::string(" ") + kFormatNames[static_cast<int>(part.format)];
  return name;
}

/// Each instruction alone, with the time to begin it.
void time_instructions(Random& random, const Pair& pair, const Shape& shape, const std::vector<Instruction>& list, int context,
                       bool small) {
  const Pass pass = chain_of(random, pair, context, 1, true);
  pair.device->take_times();
  time_pass(*pair.device, pass, small ? 1 : 10);
  const std::vector<double> times = pair.device->take_times();
  struct Kind {
    int count = 0;
    double seconds = 0;
  };
  std::map<std::string, Kind> kinds;
  for (size_t i = 0; i < times.size(); i++) {
    Kind& kind = kinds[i < list.size() ? name_of(list[i]) : "best"];
    kind.count++;
    kind.seconds += times[i] * 1e-9 / (small ? 3 : 12);
  }
  for (const auto& [name, kind] : kinds) {
    add("{\"model\":\"%s\",\"instruction\":\"%s\",\"count\":%d,\"seconds\":%.6f}", shape.name.c_str(), name.c_str(),
        kind.count, kind.seconds);
  }
}

void measure(const Options& options, const std::shared_ptr<Device>& device, const Shape& shape) {
  const bool small = options.small();
  const double bandwidth = copy_bandwidth(device, small ? 1 << 20 : kCopied);
  add("{\"copyBytesPerSecond\":%.4g}", bandwidth);
  Random random(7);
  const char* name = shape.name.c_str();
  const std::vector<Instruction> list = instructions_of(random, shape);
  const double begin = now();
  const Pair pair = pair_of(list, shape.cache, std::make_shared<Accelerator>(device));
  auto& program = static_cast<DeviceProgram&>(*pair.device);
  add("{\"model\":\"%s\",\"uploadSeconds\":%.3f,\"weightBytes\":%zu}", name, now() - begin, program.weight_bytes());
  try {
    // As on the CPU, to a tie of rounding.
    run_both(pair, name, chain_of(random, pair, 0, small ? 5 : 12, true));
  } catch (const CheckFailure& error) {
    add_failure(shape.name, error.what());
  }
  add("{\"model\":\"%s\",\"distanceFromExact\":%.2e,\"distanceFromRounded\":%.2e}", name, from_exact.worst,
      from_rounded.worst);
  const int context = small ? 20 : 512, rounds = small ? 1 : 30;
  const double prompt = time_pass(program, chain_of(random, pair, 0, context, false), small ? 1 : 8);
  add("{\"model\":\"%s\",\"promptTokens\":%d,\"promptSeconds\":%.6f}", name, context, prompt);
  for (const int rows : {1, 2, 4, 8, 16}) {
    const double seconds = time_pass(program, chain_of(random, pair, context, rows, true), rounds);
    const double bytes = static_cast<double>(program.weight_bytes()) / seconds;
    add("{\"model\":\"%s\",\"rows\":%d,\"seconds\":%.6f,\"weightBytesPerSecond\":%.4g,\"ofCopy\":%.4f}", name, rows, seconds,
        bytes, bytes / bandwidth);
  }
  decode(random, pair, shape, context, small ? 0 : 6);
  time_instructions(random, pair, shape, list, context, small);
}

std::vector<Shape> shapes(bool small) {
  std::vector<Shape> list = {
      {"SmolLM2-135M", {30, 9, 3, 64, 1, 1024, false}, 576, 1536, 49152, false, 0, Format::Q4_1, Format::Q8_0},
      {"Qwen2.5-1.5B", {28, 12, 2, 128, 1, 1024, false}, 1536, 8960, 151936, true, 0, Format::Q4_K, Format::Q6_K},
      {"Gemma-3-1B", {26, 4, 1, 256, 1, 1024, false, 2}, 1152, 6912, 262144, false, 512, Format::Q4_0, Format::Q8_0},
  };
  for (Shape& shape : list) {
    if (!small) continue;
    shape.cache = {1, 4, 2, 64, 1, 64, false, shape.cache.rotations};
    shape.width = shape.inner = 256;
    shape.vocabulary = 40;
    shape.window = std::min(shape.window, 10);
  }
  return list;
}

struct KernelModule {
  std::string name, file, definition;
};

std::vector<KernelModule> modules() {
  std::vector<KernelModule> list = {{"pass", "pass.cu", ""}};
  for (const char* format : {"f16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k", "q5_k", "q6_k"}) {
    list.push_back({std::string("product-") + format, "product.cu", std::string("FORETOKEN_FORMAT=") + format});
  }
  return list;
}

std::string path_of(const std::string& folder, const KernelModule& module) { return folder + "/" + module.name + ".cubin"; }

void compile(const Options& options) {
  const int architecture = options.architecture.empty() ? Device::open(options.driver)->description().architecture
                                                        : std::atoi(options.architecture.c_str());
  const std::string version = cuda::compiler_version(options.compiler);
  for (const KernelModule& module : modules()) {
    const double begin = now();
    try {
      const std::vector<char> code =
          cuda::compile_kernels(options.compiler, {options.sources, module.file, module.definition}, architecture);
      std::ofstream(path_of(options.kernels, module), std::ios::binary).write(code.data(), static_cast<long>(code.size()));
      add("{\"module\":\"%s\",\"compiler\":\"NVRTC %s\",\"bytes\":%zu,\"seconds\":%.2f}", module.name.c_str(),
          version.c_str(), code.size(), now() - begin);
    } catch (const DeviceError& error) {
      add_failure("compile " + module.name, error.what());
    }
  }
}

/// With the kernels that were compiled.
std::shared_ptr<Device> open_device(const Options& options) {
  const auto device = Device::open(options.driver);
  for (const KernelModule& module : modules()) {
    std::ifstream file(path_of(options.kernels, module), std::ios::binary);
    if (options.small()) device->load({'-'});
    else if (file) device->load({std::istreambuf_iterator<char>(file), {}});
  }
  return device;
}

void describe(const Options& options) {
  const cuda::DeviceDescription description = Device::open(options.driver)->description();
  add("{\"gpu\":\"%s\",\"architecture\":%d,\"multiprocessors\":%d,\"memory\":%zu}", description.name.c_str(),
      description.architecture, description.multiprocessors, description.memory);
}

struct KernelCheck {
  std::string name;
  std::function<void(Random&)> run;
};

std::vector<KernelCheck> kernel_checks(bool small) {
  std::vector<KernelCheck> list = {
      {"round_rows", cuda::check_rounding},
      {"round_rows to floats", cuda::check_norms},
      {"choose_rows, add_rows, gate_rows", cuda::check_rows_between},
      {"weights of any size", cuda::check_wide_weights},
      {"attention in a span", [](Random& random) { cuda::check_attention(random, between(random, 0, 100)); }},
      {"attention in two spans", [](Random& random) { cuda::check_attention(random, between(random, 115, 140)); }},
      {"gather_entries, scatter_entries", cuda::check_moves},
      {"join_best, top_of_chunks", cuda::check_choice},
      {"advance_chain", cuda::check_chain},
  };
  for (int index = 0; index < kFormats; index += small ? 5 : 1) {
    const auto format = static_cast<Format>(index);
    list.push_back({std::string("products of ") + kFormatNames[index], [=](Random& random) { cuda::check_products(random, format); }});
    list.push_back({std::string("embedding of ") + kFormatNames[index], [=](Random& random) { cuda::check_embedding(random, format); }});
  }
  return list;
}

/// Kept to the end of the process: what the checks allocate lies in its memory.
const std::shared_ptr<Device>* checked_device = nullptr;

/// Behind the first ones that `first` counts, the last of which took its process with it.
void check_kernels(const Options& options, size_t first) {
  failed = first > 0;
  checked_device = new std::shared_ptr<Device>(open_device(options));
  device_heap.open((*checked_device)->allocate_host(kHeap), kHeap);
  cuda::run_kernel = [](const char* name, cuda::Grid grid, int block, const void* arguments, size_t) {
    try {
      (*checked_device)->launch({name, grid.x, grid.y, grid.z, static_cast<unsigned>(block), arguments});
      (*checked_device)->synchronise();
    } catch (const DeviceError& error) {
      throw DeviceError(error.code(), std::string(name) + ": " + error.what());
    }
    return true;
  };
  const std::vector<KernelCheck> checks = kernel_checks(options.small());
  const int rounds = options.small() ? 1 : 6;
  for (size_t i = first; i < checks.size(); i++) {
    Random random(7);
    int wrong = 0;
    try {
      for (int round = 0; round < rounds; round++) {
        try {
          checks[i].run(random);
        } catch (const CheckFailure& error) {
          if (wrong++ == 0) add_failure(checks[i].name, error.what());
        }
      }
      add("{\"kernels\":\"%s\",\"rounds\":%d,\"wrong\":%d}", checks[i].name.c_str(), rounds, wrong);
    } catch (const DeviceError& error) {
      add_failure(checks[i].name, std::string(error.code()) + ": " + error.what());
      // Another process can use the GPU again.
      const std::string rest = "kernels:" + std::to_string(i + 1);
      execl("/proc/self/exe", "gpu-check", rest.c_str(), options.driver.c_str(), options.compiler.c_str(),
            options.sources.c_str(), options.kernels.c_str(), nullptr);
      throw;
    }
  }
}

void check_models(const Options& options, bool gemma) {
  const auto accelerator = std::make_shared<Accelerator>(open_device(options));
  const int rounds = options.small() ? 1 : 20;
  int wrong = 0, round = 0;
  for (bool lost = false; round < rounds && !lost; round++) {
    Random random(100 + round);
    try {
      const Pair pair = random_pair(random, accelerator, gemma);
      fuzz_passes(random, pair);
      fuzz_chain(random, pair);
      // Of its own, which has met no shape yet.
      fuzz_graphs(random, random_pair(random, accelerator, gemma));
    } catch (const std::runtime_error& error) {
      lost = dynamic_cast<const DeviceError*>(&error) != nullptr;
      if (wrong++ == 0 || lost) add_failure(options.part + ", seed " + std::to_string(100 + round), error.what());
    }
  }
  add("{\"models\":\"%s\",\"rounds\":%d,\"wrong\":%d,\"rowsCompared\":%d,\"meanDistanceFromExact\":%.2e,"
      "\"worstDistanceFromExact\":%.2e,\"meanDistanceFromRounded\":%.2e,\"worstDistanceFromRounded\":%.2e}",
      options.part.c_str(), round, wrong, from_exact.rows, from_exact.mean(), from_exact.worst, from_rounded.mean(),
      from_rounded.worst);
}

bool run(const Options& options) {
  if (!options.small()) {
    cuda::sum_tolerance = 1e-5;
    from_rounded_limit = 2e-3;
  }
  if (options.part == "device") describe(options);
  else if (options.part == "compile") compile(options);
  else if (options.part == "llama-models") check_models(options, false);
  else if (options.part == "gemma-models") check_models(options, true);
  else if (options.part.rfind("kernels", 0) == 0) {
    check_kernels(options, options.part.size() > 8 ? std::stoul(options.part.substr(8)) : 0);
  } else {
    for (const Shape& shape : shapes(options.small())) {
      if (shape.name != options.part) continue;
      measure(options, open_device(options), shape);
      return true;
    }
    return false;
  }
  return true;
}

}  // namespace
}  // namespace foretoken

int main(int count, char** arguments) {
  using namespace foretoken;
  const FlushSubnormals flush;
  if (count < 6) return 64;
  const Options options{arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], count > 6 ? arguments[6] : ""};
  try {
    if (!run(options)) return 64;
  } catch (const cuda::DeviceError& error) {
    add_failure(options.part, std::string(error.code()) + ": " + error.what());
  } catch (const std::exception& error) {
    add_failure(options.part, error.what());
  }
  // Without destructors: objects lie in memory of a device that is closed before them.
  std::_Exit(failed ? 1 : 0);
}

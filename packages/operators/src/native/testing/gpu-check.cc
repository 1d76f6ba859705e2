// What a GPU does with the kernels: whole random models against the CPU's exact arithmetic, then how long passes take and
// what of the memory's bandwidth they use. scripts/gpu-check.sh builds and starts it. Usage:
//   gpu-check run host|"" DRIVER NVRTC KERNELS COMPILED OUT    writes one JSON file
//   gpu-check compile NVRTC KERNELS ARCHITECTURE COMPILED      compiles the kernels into a folder, without a GPU
#include <chrono>
#include <cstdarg>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "../cuda/compiler.h"
#include "../flush-subnormals.h"
#include "device-passes.h"

namespace foretoken {
namespace {

using cuda::Device;
using cuda::DeviceError;
using cuda::Memory;

/// Bytes that the copy kernel reads.
constexpr size_t kCopied = 512 << 20;

/// What is written at the end: JSON objects, one a line, each also shown when it is complete.
std::string report;
size_t shown = 0;

[[gnu::format(printf, 1, 2)]] void add(const char* format, ...) {
  char text[512];
  va_list values;
  va_start(values, format);
  std::vsnprintf(text, sizeof text, format, values);
  va_end(values);
  report += text;
  if (report.back() != '\n') return;
  std::fputs(report.c_str() + shown, stderr);
  shown = report.size();
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
  const char* name;
  CacheShape cache;
  int width;
  int inner;
  int vocabulary;
  bool biased;
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
  push(Operation::Embedding, -1, table);
  for (int layer = 0; layer < cache.layers; layer++) {
    const int hidden = last();
    const auto projection = random_matrix(random, heads + kv, shape.width, shape.format);
    append_random(random, projection, kv, layer % 2 == 0 ? shape.finer : shape.format, 0);
    Instruction& project = push(Operation::Linear, hidden, projection);
    project.norm = norm_of(random, shape.width, 0.01f);
    if (shape.biased) project.second_vector = random_norm(random, heads + 2 * kv);
    push(Operation::Attention, last()).layer = layer;
    push(Operation::Linear, last(), random_matrix(random, shape.width, heads, shape.format)).second = hidden;
    const int between_parts = last();
    Instruction& gate = push(Operation::Linear, between_parts, random_matrix(random, 2 * shape.inner, shape.width, shape.format));
    gate.gated = true;
    gate.norm = norm_of(random, shape.width, 0.05f);
    const Format down = layer % 2 == 0 ? shape.finer : shape.format;
    push(Operation::Linear, last(), random_matrix(random, shape.width, shape.inner, down)).second = between_parts;
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
  Step step;
  std::string error;
  const int count = static_cast<int>(pass.tokens.size());
  step.read(pass.parents.data(), count, pass.sequences.data(), 1, &error);
  std::vector<int32_t> best(pass.scored.size());
  std::vector<double> times;
  for (int round = 0; round < rounds + 2; round++) {
    const double begin = now();
    if (!program.run(*shared_pool(), pass.tokens.data(), step, pass.scored.data(), static_cast<int>(best.size()), best.data(),
                     &error)) {
      stop(error);
    }
    if (round >= 2) times.push_back(now() - begin);
  }
  return median(times);
}

/// Bytes a second, read and written, of a kernel that copies.
double copy_bandwidth(const std::shared_ptr<Device>& device, size_t bytes) {
  const int width = 16384, rows = static_cast<int>(bytes / (width * sizeof(float)));
  const Memory from(device, bytes), to(device, bytes), chosen(device, rows * sizeof(int32_t));
  std::vector<int32_t> order(rows);
  for (int row = 0; row < rows; row++) order[row] = row;
  device->clear(from.address(), bytes);
  device->upload(chosen.address(), order.data(), rows * sizeof(int32_t));
  const cuda::ChooseArguments arguments{reinterpret_cast<const float*>(from.address()),
                                        reinterpret_cast<const int*>(chosen.address()),
                                        reinterpret_cast<float*>(to.address()), width};
  std::vector<double> times;
  for (int round = 0; round < 7; round++) {
    device->start_timing();
    device->launch({"choose_rows", static_cast<unsigned>(rows), 1, 1, 256, &arguments});
    times.push_back(1e-3 * device->stop_timing());
  }
  return 2.0 * rows * width * sizeof(float) / median(times);
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
  add("{\"decoded\":\"%s\",\"tokensPerSecond\":%.1f,\"utilisation\":%.1f}\n", shape.name, passes / taken, busy);
}

void measure(Random& random, const std::shared_ptr<Accelerator>& accelerator, const Shape& shape, double bandwidth,
             bool small) {
  std::vector<Instruction> list = instructions_of(random, shape);
  const double begin = now();
  const Pair pair = pair_of(list, shape.cache, accelerator);
  auto& program = static_cast<DeviceProgram&>(*pair.device);
  add("{\"model\":\"%s\",\"uploadSeconds\":%.3f,\"weightBytes\":%zu", shape.name, now() - begin,
              program.weight_bytes());
  // As on the CPU, to a tie of rounding.
  const Distance before = std::exchange(from_exact, {}), rounded_before = std::exchange(from_rounded, {});
  const int context = small ? 20 : 512, rounds = small ? 1 : 30;
  run_both(pair, shape.name, chain_of(random, pair, 0, small ? 5 : 12, true));
  add(",\"distanceFromExact\":%.2e,\"distanceFromRounded\":%.2e", from_exact.worst, from_rounded.worst);
  from_exact = before;
  from_rounded = rounded_before;
  const double prompt = time_pass(program, chain_of(random, pair, 0, context, false), small ? 1 : 8);
  add(",\"promptTokens\":%d,\"promptSeconds\":%.6f,\"passes\":[", context, prompt);
  for (const int rows : {1, 2, 4, 8, 16}) {
    const double seconds = time_pass(program, chain_of(random, pair, context, rows, true), rounds);
    const double bytes = static_cast<double>(program.weight_bytes()) / seconds;
    add("%s{\"rows\":%d,\"seconds\":%.6f,\"weightBytesPerSecond\":%.4g,\"ofCopy\":%.4f}", rows > 1 ? "," : "", rows,
                seconds, bytes, bytes / bandwidth);
  }
  add("]}\n");
  decode(random, pair, shape, context, small ? 0 : 6);
  add("{\"instructionsOf\":\"%s\",\"rows\":1,\"seconds\":{", shape.name);
  // Each alone, with the time to begin it.
  const Pass pass = chain_of(random, pair, context, 1, true);
  program.take_times();
  time_pass(program, pass, small ? 1 : 10);
  const std::vector<double> times = program.take_times();
  static const char* const names[] = {"embedding", "linear", "attention", "scoredRows", "add", "gate", "norm", "scale", "best"};
  std::map<std::string, double> kinds;
  for (size_t i = 0; i < times.size(); i++) {
    kinds[names[i < list.size() ? static_cast<int>(list[i].operation) : 8]] += times[i] * 1e-9 / (small ? 3 : 12);
  }
  const char* comma = "";
  for (const auto& [name, seconds] : kinds) {
    add("%s\"%s\":%.6f", comma, name.c_str(), seconds);
    comma = ",";
  }
  add("}}\n");
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

std::vector<char> compiled(const KernelModule& module, const std::string& library, const std::string& folder,
                           int architecture) {
  const double begin = now();
  std::vector<char> code = cuda::compile_kernels(library, {folder, module.file, module.definition}, architecture);
  add("{\"module\":\"%s\",\"compiler\":\"NVRTC %s\",\"bytes\":%zu,\"seconds\":%.2f}\n", module.name.c_str(),
      cuda::compiler_version(library).c_str(), code.size(), now() - begin);
  return code;
}

std::string path_of(const std::string& folder, const KernelModule& module) { return folder + "/" + module.name + ".cubin"; }

/// From a folder where they were compiled before, else compiled now.
void load_kernels(Device& device, const std::string& library, const std::string& folder, const std::string& before) {
  for (const KernelModule& module : modules()) {
    std::ifstream file(path_of(before, module), std::ios::binary);
    if (!before.empty() && !file) throw DeviceError(cuda::Fault::CompileFailed, "no " + path_of(before, module));
    device.load(before.empty() ? compiled(module, library, folder, device.description().architecture)
                               : std::vector<char>{std::istreambuf_iterator<char>(file), {}});
  }
}

void check_gpu(const std::string& driver, const std::string& compiler, const std::string& folder,
               const std::string& before, bool small) {
  // The fake driver is in the program itself.
  const auto device = Device::open(small ? "" : driver);
  const auto accelerator = std::make_shared<Accelerator>(device);
  const cuda::DeviceDescription& description = device->description();
  add("{\"gpu\":\"%s\",\"architecture\":%d,\"multiprocessors\":%d,\"memory\":%zu}\n", description.name.c_str(),
      description.architecture, description.multiprocessors, description.memory);
  if (small) device->load({'-'});
  else load_kernels(*device, compiler, folder, before);
  Random random(7);
  const int rounds = small ? 1 : 40;
  for (int round = 0; round < rounds; round++) {
    const Pair pair = random_pair(random, accelerator);
    fuzz_passes(random, pair);
    fuzz_chain(random, pair);
    // Of its own, which has met no shape yet.
    fuzz_graphs(random, random_pair(random, accelerator));
  }
  add("{\"randomModels\":%d,\"rowsCompared\":%d,\"meanDistanceFromExact\":%.2e,\"worstDistanceFromExact\":%.2e,"
      "\"worstDistanceFromRounded\":%.2e}\n",
      rounds, from_exact.rows, from_exact.mean(), from_exact.worst, from_rounded.worst);
  const double bandwidth = copy_bandwidth(device, small ? 1 << 20 : kCopied);
  add("{\"copyBytesPerSecond\":%.4g}\n", bandwidth);
  Shape smollm{"SmolLM2-135M", {30, 9, 3, 64, 1, 1024, false}, 576, 1536, 49152, false, Format::Q4_1, Format::Q8_0};
  Shape qwen{"Qwen2.5-1.5B", {28, 12, 2, 128, 1, 1024, false}, 1536, 8960, 151936, true, Format::Q4_K, Format::Q6_K};
  if (small) {
    smollm.cache = {1, 3, 1, 32, 1, 64, false};
    qwen.cache = {1, 4, 2, 64, 1, 64, false};
    smollm.width = 96;
    smollm.inner = 64;
    qwen.width = qwen.inner = 256;
    smollm.vocabulary = qwen.vocabulary = 40;
  }
  for (const Shape& shape : {smollm, qwen}) measure(random, accelerator, shape, bandwidth, small);
}

void write_report(const std::string& path, bool small) {
  std::ofstream file(path);
  file << "{\n\"kind\": \"" << (small ? "host" : "gpu") << "\",\n\"results\": [\n";
  std::string lines = report.substr(0, report.size() - 1);
  for (size_t at = lines.find('\n'); at != std::string::npos; at = lines.find('\n', at + 2)) lines.insert(at, ",");
  file << lines << "\n]\n}\n";
}

}  // namespace
}  // namespace foretoken

int main(int count, char** arguments) {
  using namespace foretoken;
  const std::string mode = count > 1 ? arguments[1] : "";
  const FlushSubnormals flush;
  try {
    if (mode == "run" && count == 8) {
      const bool small = std::string(arguments[2]) == "host";
      check_gpu(arguments[3], arguments[4], arguments[5], arguments[6], small);
      write_report(arguments[7], small);
    } else if (mode == "compile" && count == 6) {
      for (const KernelModule& module : modules()) {
        const std::vector<char> code = compiled(module, arguments[2], arguments[3], std::atoi(arguments[4]));
        std::ofstream(path_of(arguments[5], module), std::ios::binary).write(code.data(), static_cast<long>(code.size()));
      }
    } else {
      return 64;
    }
  } catch (const cuda::DeviceError& error) {
    std::fprintf(stderr, "%s: %s\n", error.code(), error.what());
    return 2;
  }
  return 0;
}

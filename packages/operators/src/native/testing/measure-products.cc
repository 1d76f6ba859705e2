// Nanoseconds of one core for 1,000 weights, by format and rows of activations, over weights that no cache holds. Linked
// with kernels compiled as `ours` and, to compare, as `theirs`, which take turns so that they meet the same weather.
// Usage: measure-products rounds format,... rows,...
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>

#include "../scratch.h"
#include "random-weights.h"

namespace foretoken {
namespace ours {
extern const Kernels table;
}
#ifdef FORETOKEN_THEIRS
namespace theirs {
extern const Kernels table;
}
#endif

namespace {

constexpr size_t kBytes = 64 << 20;
constexpr int kColumns = 1536;
constexpr int kPanelRows = 16;

std::vector<int> numbers(const char* list) {
  std::vector<int> values;
  std::stringstream stream(list);
  for (std::string item; std::getline(stream, item, ',');) values.push_back(std::stoi(item));
  return values;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double seconds_of(const Kernels& kernels, const MatrixPart& part, const float* packed, int tile, float* y) {
  const auto start = std::chrono::steady_clock::now();
  for (int row = 0; row < part.rows; row += kPanelRows) {
    kernels.product(part.format, part.data + row * part.row_bytes, part.row_bytes, kPanelRows, kColumns, packed, tile, y,
                    kPanelRows);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(Format format, const std::vector<int>& activations, int rounds) {
  Random random(1);
  Scratch memory;
  const int rows = static_cast<int>(kBytes / row_bytes(format, kColumns)) / kPanelRows * kPanelRows;
  const auto matrix = random_matrix(random, rows, kColumns, format);
  for (const int count : activations) {
    const int tile = tile_for(count);
    const std::vector<float> values = floats(random, static_cast<size_t>(kColumns) * tile);
    float* x = memory.take(values.size());
    std::copy(values.begin(), values.end(), x);
    std::vector<float> y(static_cast<size_t>(kPanelRows) * tile);
    std::vector<double> times, ratios;
    for (int round = 0; round < rounds; round++) {
      times.push_back(seconds_of(ours::table, matrix->parts[0], x, tile, y.data()));
#ifdef FORETOKEN_THEIRS
      ratios.push_back(times.back() / seconds_of(theirs::table, matrix->parts[0], x, tile, y.data()));
#endif
    }
    const double scale = 1e12 / (static_cast<double>(rows) * kColumns);
    std::printf("format %2d, %d rows: median %.0f, least %.0f ns", static_cast<int>(format), count, median(times) * scale,
                *std::min_element(times.begin(), times.end()) * scale);
    if (!ratios.empty()) std::printf(", ours / theirs %.3f", median(ratios));
    std::printf("\n");
  }
}

}  // namespace
}  // namespace foretoken

int main(int, char** arguments) {
  for (const int format : foretoken::numbers(arguments[2])) {
    foretoken::measure(static_cast<foretoken::Format>(format), foretoken::numbers(arguments[3]), std::stoi(arguments[1]));
  }
}

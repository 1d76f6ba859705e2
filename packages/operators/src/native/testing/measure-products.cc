// Nanoseconds of one core for 1,000 weights (in panels, for integer products), by arithmetic, format and rows of activations, over weights that no cache
// holds. Linked with kernels compiled as `ours` and, to compare, as `theirs`, which take turns so that they meet the same
// weather. Usage: measure-products rounds exact|integer format,... rows,... megabytes
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <sstream>
#include <string>

#include "../integer-kernels.h"
#include "../scratch.h"
#include "random-weights.h"

namespace foretoken {
namespace ours {
extern const Kernels table;
extern const IntegerKernels integer_table;
}
#ifdef FORETOKEN_THEIRS
namespace theirs {
extern const Kernels table;
extern const IntegerKernels integer_table;
}
#endif

namespace {

constexpr int kColumns = 1536;
constexpr int kPanelRows = 16;
constexpr int kPanelsAhead = 2;

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

double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// One product with a matrix, in either arithmetic.
struct Product {
  const Kernels& floats;
  const IntegerKernels& integers;
  bool integer;
  const MatrixPart& part;
  int count;
  Scratch packed, panels;
  float y[kLargestTile * kWidestPanel];

  Product(const Kernels& floats_, const IntegerKernels& integers_, bool integer_, const MatrixPart& part_, int count_,
          const std::vector<float>& x)
      : floats(floats_), integers(integers_), integer(integer_), part(part_), count(count_) {
    const int tile = tile_for(count), steps = kColumns / kStep;
    float* to = packed.take(static_cast<size_t>(kLargestTile) * kColumns + step_bytes(count) * steps);
    if (!integer) {
      std::copy(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(tile) * kColumns, to);
      return;
    }
    for (int row = 0; row < count; row++) {
      integers.round(x.data() + static_cast<size_t>(row) * kColumns, kColumns, count, row, reinterpret_cast<uint8_t*>(to), nullptr);
    }
    auto* panel = reinterpret_cast<uint8_t*>(panels.take(part.row_bytes * part.rows / sizeof(float) + 1));
    for (int row = 0; row + integers.panel <= part.rows; row += integers.panel, panel += panel_bytes()) {
      integers.regroup(part.format, part.data + row * part.row_bytes, part.row_bytes, integers.panel, blocks(), panel);
    }
  }

  int blocks() const { return kColumns / layout_of(part.format).values; }
  size_t panel_bytes() const { return part.row_bytes * integers.panel; }

  double seconds() {
    const double start = processor_seconds();
    if (integer) {
      const auto* panel = reinterpret_cast<const uint8_t*>(panels.data());
      const auto* steps = reinterpret_cast<const uint8_t*>(packed.data());
      for (int row = 0; row + integers.panel <= part.rows; row += integers.panel, panel += panel_bytes()) {
        const Ahead ahead{panel + kPanelsAhead * panel_bytes(), 0, panel_bytes(), 1};
        integers.product(part.format, panel, blocks(), steps, count, true, y, kWidestPanel, ahead);
      }
    } else {
      for (int row = 0; row < part.rows; row += kPanelRows) {
        floats.product(part.format, part.data + row * part.row_bytes, part.row_bytes, kPanelRows, kColumns, packed.data(),
                       tile_for(count), y, kPanelRows);
      }
    }
    return processor_seconds() - start;
  }
};

void measure(Format format, bool integer, const std::vector<int>& activations, int rounds, size_t bytes) {
  Random random(1);
  const int rows = static_cast<int>(bytes / row_bytes(format, kColumns)) / kPanelRows * kPanelRows;
  const auto matrix = random_matrix(random, rows, kColumns, format);
  const std::vector<float> x = floats(random, static_cast<size_t>(kColumns) * kLargestTile);
  for (const int count : activations) {
    Product mine(ours::table, ours::integer_table, integer, matrix->parts[0], count, x);
#ifdef FORETOKEN_THEIRS
    Product other(theirs::table, theirs::integer_table, integer, matrix->parts[0], count, x);
#endif
    std::vector<double> times, ratios;
    for (int round = 0; round < rounds; round++) {
      times.push_back(mine.seconds());
#ifdef FORETOKEN_THEIRS
      ratios.push_back(times.back() / other.seconds());
#endif
    }
    const double scale = 1e12 / (static_cast<double>(rows) * kColumns);
    std::printf("%-4s, %d rows: median %.0f, least %.1f ns", kFormatNames[static_cast<int>(format)], count, median(times) * scale,
                *std::min_element(times.begin(), times.end()) * scale);
    if (!ratios.empty()) std::printf(", ours / theirs %.3f", median(ratios));
    std::printf("\n");
  }
}

}  // namespace
}  // namespace foretoken

int main(int, char** arguments) {
  const bool integer = std::string(arguments[2]) == "integer";
  const auto bytes = static_cast<size_t>(std::stod(arguments[5]) * (1 << 20));
  std::istringstream names(arguments[3]);
  for (std::string name; std::getline(names, name, ',');) {
    foretoken::Format format{};
    if (!foretoken::find_format(name, &format)) return 1;
    foretoken::measure(format, integer, foretoken::numbers(arguments[4]), std::stoi(arguments[1]), bytes);
  }
}

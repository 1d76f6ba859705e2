#include "integer-linear.h"

#include <algorithm>
#include <cstring>

#include "normalise.h"
#include "scratch.h"
#include "stored-panels.h"

namespace foretoken {
namespace {

/// Values from which rounding on all threads is faster than on one.
constexpr int kParallelValues = 8192;

}  // namespace

bool has_integers(const Matrix& matrix) {
  return std::all_of(matrix.parts.begin(), matrix.parts.end(),
                     [](const MatrixPart& part) { return has_integers(part.format); });
}

RoundedRows round_rows(ThreadPool& pool, const float* input, int n, int columns, const Vector* norm, int planes) {
  thread_local Scratch memory;
  const int steps = columns / kStep;
  const int tiles = (n * planes + kLargestTile - 1) / kLargestTile;
  auto* data = reinterpret_cast<uint8_t*>(memory.take(step_bytes(kLargestTile) * tiles * steps / sizeof(float)));
  const RoundedRows rounded{data, n * planes, steps};
  const auto round_row = [&](int row) {
    const float* values = input + static_cast<size_t>(row) * columns;
    thread_local Scratch working;
    float* work = norm != nullptr || planes > 1 ? working.take(columns) : nullptr;
    if (norm != nullptr) {
      normalise(*norm, values, columns, work);
      values = work;
    }
    for (int plane = 0; plane < planes; plane++) {
      const int to = row * planes + plane, tile = to / kLargestTile;
      float* rest = plane + 1 < planes ? work : nullptr;
      integer_kernels().round(values, columns, rounded.rows_of(tile), to % kLargestTile,
                              data + step_bytes(kLargestTile) * tile * steps, rest);
      values = rest;
    }
  };
  if (static_cast<size_t>(n) * columns >= kParallelValues && n > 1) {
    pool.run(n, round_row);
  } else {
    for (int row = 0; row < n; row++) round_row(row);
  }
  return rounded;
}

namespace {

/// How many strips before its use a strip is fetched, to the second-level cache: memory answers late, and the first level
/// has no room for what is that far ahead.
constexpr int kStripsAhead = 2;

/// The strips of some rows of a part in the order in which they are multiplied.
struct Walk {
  const MatrixPart* part;
  PanelLayout layout;
  int first, rows;
  /// Strip by strip, so that many activations stay in the cache; else panel by panel, as stored panels lie in memory.
  bool by_strip;

  int panels() const { return (rows + integer_kernels().panel - 1) / integer_kernels().panel; }
  int length() const { return panels() * layout.strips(); }
  int strip_at(int index) const { return by_strip ? index / panels() : index % layout.strips(); }
  /// First row of the panel, from the first row of the walk.
  int row_at(int index) const {
    return (by_strip ? index % panels() : index / layout.strips()) * integer_kernels().panel;
  }
};

/// Where the strip at `index` of a walk lies.
Ahead strip_of(const Walk& walk, int index) {
  const MatrixPart& part = *walk.part;
  const int panel = integer_kernels().panel, strip = walk.strip_at(index), row = walk.first + walk.row_at(index);
  if (row >= part.rows) return {};
  const int begin = walk.layout.first_block(strip), end = walk.layout.first_block(strip + 1);
  const size_t block_bytes = layout_of(part.format).bytes;
  if (part.panels != nullptr && walk.first % panel == 0) {
    const uint8_t* start = part.panels + row / panel * walk.layout.panel_bytes() + walk.layout.offset(strip);
    return {start, 0, (end - begin) * block_bytes * panel, 1};
  }
  return {part.data + row * part.row_bytes + begin * block_bytes, part.row_bytes, (end - begin) * block_bytes,
          std::min(panel, part.rows - row)};
}

}  // namespace

void integer_product(const MatrixPart& part, int columns, int first, int rows, const RoundedRows& rounded, float* out,
                     int stride, const Upcoming& after) {
  const IntegerKernels& kernels = integer_kernels();
  const bool by_strip = rounded.tiles() > 1;
  const Walk walk{&part, PanelLayout(part.format, columns), first, rows, by_strip};
  const bool known = after.part != nullptr && has_integers(after.part->format);
  const Walk next{known ? after.part : &part, PanelLayout(known ? after.part->format : part.format, columns), after.row,
                  rows, by_strip};
  const int steps_of_block = layout_of(part.format).values / kStep, length = walk.length();
  thread_local Scratch memory;
  for (int index = 0; index < length; index++) {
    const int strip = walk.strip_at(index), row = walk.row_at(index), count = std::min(kernels.panel, rows - row);
    const int begin = walk.layout.first_block(strip), end = walk.layout.first_block(strip + 1);
    const Ahead here = strip_of(walk, index);
    const uint8_t* panel = here.weight;
    if (here.row_bytes > 0) {
      auto* regrouped = reinterpret_cast<uint8_t*>(memory.take(walk.layout.panel_bytes() / sizeof(float)));
      kernels.regroup(part.format, here.weight, part.row_bytes, count, end - begin, regrouped);
      panel = regrouped;
    }
    const int later = index + kStripsAhead;
    const Ahead ahead = later < length                             ? strip_of(walk, later)
                        : known && later - length < next.length() ? strip_of(next, later - length)
                                                                  : Ahead{};
    for (int tile = 0; tile < rounded.tiles(); tile++) {
      const int tile_rows = rounded.rows_of(tile);
      const uint8_t* steps = rounded.steps_of(tile, begin * steps_of_block);
      float* y = out + static_cast<size_t>(tile) * kLargestTile * stride + row;
      const Ahead& fetched = tile == 0 ? ahead : Ahead{};
      if (count == kernels.panel) {
        kernels.product(part.format, panel, end - begin, steps, tile_rows, strip == 0, y, stride, fetched);
        continue;
      }
      float edge[kLargestTile * kWidestPanel] = {};
      for (int m = 0; m < tile_rows && strip > 0; m++) {
        std::memcpy(edge + m * kernels.panel, y + static_cast<size_t>(m) * stride, count * sizeof(float));
      }
      kernels.product(part.format, panel, end - begin, steps, tile_rows, strip == 0, edge, kernels.panel, fetched);
      for (int m = 0; m < tile_rows; m++) {
        std::memcpy(y + static_cast<size_t>(m) * stride, edge + m * kernels.panel, count * sizeof(float));
      }
    }
  }
}

}  // namespace foretoken

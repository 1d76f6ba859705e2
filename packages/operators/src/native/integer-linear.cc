#include "integer-linear.h"

#include <algorithm>
#include <cstring>

#include "normalise.h"
#include "scratch.h"

namespace foretoken {
namespace {

/// Bytes of a panel that are regrouped at a time: they stay in the first-level cache beside a tile of activations.
constexpr int kStripBytes = 16 << 10;

/// Values from which rounding on all threads is faster than on one.
constexpr int kParallelValues = 8192;

}  // namespace

bool has_integers(const Matrix& matrix) {
  return std::all_of(matrix.parts.begin(), matrix.parts.end(),
                     [](const MatrixPart& part) { return has_integers(part.format); });
}

RoundedRows round_rows(ThreadPool& pool, const float* input, int n, int columns, const Vector* norm) {
  thread_local Scratch memory;
  const int steps = columns / kStep;
  const int tiles = (n + kLargestTile - 1) / kLargestTile;
  auto* data = reinterpret_cast<uint8_t*>(memory.take(step_bytes(kLargestTile) * tiles * steps / sizeof(float)));
  const RoundedRows rounded{data, n, steps};
  const auto round_row = [&](int row) {
    const int tile = row / kLargestTile;
    const float* values = input + static_cast<size_t>(row) * columns;
    if (norm != nullptr) {
      thread_local Scratch normalised;
      float* to = normalised.take(columns);
      normalise(*norm, values, columns, to);
      values = to;
    }
    integer_kernels().round(values, columns, rounded.rows_of(tile), row % kLargestTile,
                            data + step_bytes(kLargestTile) * tile * steps);
  };
  if (static_cast<size_t>(n) * columns >= kParallelValues && n > 1) {
    pool.run(n, round_row);
  } else {
    for (int row = 0; row < n; row++) round_row(row);
  }
  return rounded;
}

void integer_product(const MatrixPart& part, int columns, int first, int rows, const RoundedRows& rounded, float* out,
                     int stride, const uint8_t* after) {
  const IntegerKernels& kernels = integer_kernels();
  const BlockLayout layout = layout_of(part.format);
  const int blocks = columns / layout.values;
  const int steps_of_block = layout.values / kStep;
  const int strips = std::max(1, (blocks * layout.bytes * kernels.panel + kStripBytes / 2) / kStripBytes);
  const size_t panel_bytes = part.row_bytes * kernels.panel;
  thread_local Scratch memory;
  auto* panel = reinterpret_cast<uint8_t*>(memory.take(panel_bytes / sizeof(float) + 1));
  for (int strip = 0; strip < strips; strip++) {
    const int begin = blocks * strip / strips, end = blocks * (strip + 1) / strips;
    const auto stored = [&](int row, int block) {
      return part.data + (first + row) * part.row_bytes + static_cast<size_t>(block) * layout.bytes;
    };
    for (int row = 0; row < rows; row += kernels.panel) {
      const int count = std::min(kernels.panel, rows - row);
      kernels.regroup(part.format, stored(row, begin), part.row_bytes, count, end - begin, panel);
      const bool more = row + kernels.panel < rows;
      const uint8_t* next = more ? stored(row + kernels.panel, begin) : strip + 1 < strips ? stored(0, end) : after;
      const Ahead known{next, part.row_bytes, static_cast<size_t>(end - begin) * layout.bytes, kernels.panel};
      const Ahead ahead = next == nullptr ? Ahead{} : known;
      for (int tile = 0; tile < rounded.tiles(); tile++) {
        const int tile_rows = rounded.rows_of(tile);
        const uint8_t* steps = rounded.steps_of(tile, begin * steps_of_block);
        float* y = out + static_cast<size_t>(tile) * kLargestTile * stride + row;
        if (count == kernels.panel) {
          kernels.product(part.format, panel, end - begin, steps, tile_rows, strip == 0, y, stride, tile == 0 ? ahead : Ahead{});
          continue;
        }
        float edge[kLargestTile * kWidestPanel] = {};
        for (int m = 0; m < tile_rows && strip > 0; m++) {
          std::memcpy(edge + m * kernels.panel, y + static_cast<size_t>(m) * stride, count * sizeof(float));
        }
        kernels.product(part.format, panel, end - begin, steps, tile_rows, strip == 0, edge, kernels.panel,
                        tile == 0 ? ahead : Ahead{});
        for (int m = 0; m < tile_rows; m++) {
          std::memcpy(y + static_cast<size_t>(m) * stride, edge + m * kernels.panel, count * sizeof(float));
        }
      }
    }
  }
}

}  // namespace foretoken

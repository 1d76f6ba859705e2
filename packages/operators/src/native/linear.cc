#include "linear.h"

#include <algorithm>
#include <cstring>

#include "integer-linear.h"
#include "kernels.h"
#include "normalise.h"
#include "scratch.h"

namespace foretoken {
namespace {

/// Weight rows that are unpacked at once where more activations share them than one pass serves: small enough to stay
/// in the second-level cache beside the activations.
constexpr int kPanelRows = 16;

/// Up to this many tiles, unpacking the weight in registers for each of them is cheaper than through memory.
constexpr int kDirectTiles = 2;

/// Below this, packing on one thread is faster than waking another.
constexpr int kParallelRows = 16;

/// Activations in the order in which kernels read them: tiles of up to `kLargestTile` rows.
struct Packed {
  const float* data;
  int rows;
  int steps;

  int tiles() const { return (rows + kLargestTile - 1) / kLargestTile; }
  int rows_of(int tile) const { return std::min(kLargestTile, rows - tile * kLargestTile); }
  const float* tile(int index) const {
    return data + static_cast<size_t>(index) * kLargestTile * steps * kStep;
  }
};

Packed pack(ThreadPool& pool, const float* input, int n, int columns, const LinearOptions& options) {
  thread_local Scratch memory;
  const int steps = steps_of(columns);
  const int tiles = (n + kLargestTile - 1) / kLargestTile;
  float* data = memory.take(static_cast<size_t>(tiles) * kLargestTile * steps * kStep);
  const Packed packed{data, n, steps};
  const auto pack_tile = [&](int index) {
    const int rows = packed.rows_of(index);
    const int tile = tile_for(rows);
    float* to = data + static_cast<size_t>(index) * kLargestTile * steps * kStep;
    for (int m = 0; m < tile; m++) {
      const float* from = input + static_cast<size_t>(index * kLargestTile + m) * columns;
      const float factor = m < rows && options.norm != nullptr ? norm_factor(*options.norm, from, columns) : 1.0f;
      for (int step = 0; step < steps; step++) {
        float* target = to + (static_cast<size_t>(step) * tile + m) * kStep;
        const int count = m < rows ? std::min(kStep, columns - step * kStep) : 0;
        if (count > 0 && options.norm != nullptr) {
          kernels().scale(from + step * kStep, factor, options.norm->values.data() + step * kStep, count, target);
        } else if (count > 0) {
          std::memcpy(target, from + step * kStep, count * sizeof(float));
        }
        if (count < kStep) std::fill(target + count, target + kStep, 0.0f);
      }
    }
  };
  if (n > kParallelRows) {
    pool.run(tiles, pack_tile);
  } else {
    for (int index = 0; index < tiles; index++) pack_tile(index);
  }
  return packed;
}

/// Products with `rows` stored rows of one part: out[m * stride + r].
void part_product(const MatrixPart& part, int columns, int first, int rows, const Packed& packed, float* out,
                  int stride) {
  const uint8_t* weight = part.data + static_cast<size_t>(first) * part.row_bytes;
  if (packed.tiles() <= kDirectTiles) {
    // Panel by panel, so that the second tile finds the weight in the first-level cache.
    for (int row = 0; row < rows; row += kPanelRows) {
      for (int tile = 0; tile < packed.tiles(); tile++) {
        kernels().product(part.format, weight + row * part.row_bytes, part.row_bytes, std::min(kPanelRows, rows - row),
                          columns, packed.tile(tile), tile_for(packed.rows_of(tile)),
                          out + static_cast<size_t>(tile) * kLargestTile * stride + row, stride);
      }
    }
    return;
  }
  thread_local Scratch memory;
  const int padded = packed.steps * kStep;
  float* panel = memory.take(static_cast<size_t>(kPanelRows) * padded);
  for (int row = 0; row < rows; row += kPanelRows) {
    const int count = std::min(kPanelRows, rows - row);
    for (int r = 0; r < count; r++) {
      kernels().unpack(part.format, weight + (row + r) * part.row_bytes, columns, panel + static_cast<size_t>(r) * padded);
    }
    for (int tile = 0; tile < packed.tiles(); tile++) {
      kernels().product(Format::F32, reinterpret_cast<const uint8_t*>(panel), padded * sizeof(float), count, padded,
                        packed.tile(tile), tile_for(packed.rows_of(tile)),
                        out + static_cast<size_t>(tile) * kLargestTile * stride + row, stride);
    }
  }
}

/// The input of a product in either arithmetic.
struct Activations {
  bool integer;
  /// Rounded rows of each row; their products are added.
  int planes;
  Packed floats;
  RoundedRows rounded;

  Activations(ThreadPool& pool, const float* input, int n, const LinearOptions& options)
      : integer(options.weight->arithmetic == Arithmetic::integer && has_integers(*options.weight)),
        planes(integer && options.fine ? 2 : 1) {
    const int columns = options.weight->columns;
    if (integer) rounded = round_rows(pool, input, n, columns, options.norm, planes);
    else floats = pack(pool, input, n, columns, options);
  }
};

/// A row of the matrix; nothing behind the last one.
Upcoming upcoming(const Matrix& matrix, int row) {
  for (const MatrixPart& part : matrix.parts) {
    if (row < part.rows) return {&part, row};
    row -= part.rows;
  }
  return {};
}

/// Products with rows [first, first + rows) of the whole matrix: out[m * stride + r], in stored order. `after` is a row
/// that this thread is likely to multiply next.
void matrix_product(const Matrix& matrix, int first, int rows, int after, const Activations& x, float* out,
                    int stride) {
  int start = 0;
  for (const MatrixPart& part : matrix.parts) {
    const int from = std::max(first, start);
    const int to = std::min(first + rows, start + part.rows);
    if (from < to && x.integer) {
      integer_product(part, matrix.columns, from - start, to - from, x.rounded, out + (from - first), stride,
                      upcoming(matrix, to < first + rows ? to : after));
    } else if (from < to) {
      part_product(part, matrix.columns, from - start, to - from, x.floats, out + (from - first), stride);
    }
    start += part.rows;
  }
}

/// Row m of the result becomes the sum of rows 2m and 2m + 1.
void add_planes(float* result, int n, int stride, int rows) {
  for (int m = 0; m < n; m++) {
    float* to = result + static_cast<size_t>(m) * stride;
    const float *coarse = result + static_cast<size_t>(2 * m) * stride, *rest = coarse + stride;
    for (int r = 0; r < rows; r++) to[r] = coarse[r] + rest[r];
  }
}

/// Where a stored row goes.
int place_of(const Matrix& matrix, int row) {
  int start = 0;
  for (const MatrixPart& part : matrix.parts) {
    if (row < start + part.rows) {
      if (part.interleave == 0) return row;
      const int within = (row - start) % part.interleave;
      const int half = part.interleave / 2;
      return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
    }
    start += part.rows;
  }
  return row;
}

bool is_plain(const Matrix& matrix) {
  return std::all_of(matrix.parts.begin(), matrix.parts.end(),
                     [](const MatrixPart& part) { return part.interleave == 0; });
}

/// Rows of a task: several tasks a thread, so that a thread that is held up costs little, and whole panels.
int rows_per_task(int width, int threads) {
  const int even = width / (threads * 6);
  return std::clamp((even + kPanelRows - 1) / kPanelRows * kPanelRows, kPanelRows, 128);
}

}  // namespace

void linear(ThreadPool& pool, const float* input, int n, const LinearOptions& options, float* output) {
  if (n == 0) return;
  const Matrix& matrix = *options.weight;
  const int width = linear_width(options);
  const Activations activations(pool, input, n, options);
  const int padded_rows = (n * activations.planes + kLargestTile - 1) / kLargestTile * kLargestTile;
  const int chunk = rows_per_task(width, pool.threads());
  const bool plain = is_plain(matrix);
  pool.run((width + chunk - 1) / chunk, [&](int task) {
    thread_local Scratch memory;
    const int first = task * chunk;
    const int rows = std::min(chunk, width - first);
    float* result = memory.take(static_cast<size_t>(2) * padded_rows * chunk);
    // The threads take tasks in turns.
    const int next = (task + pool.threads()) * chunk;
    matrix_product(matrix, first, rows, options.gated ? width + first : next, activations, result, chunk);
    if (activations.planes == 2) add_planes(result, n, chunk, rows);
    if (options.gated) {
      float* up = result + static_cast<size_t>(padded_rows) * chunk;
      matrix_product(matrix, width + first, rows, next, activations, up, chunk);
      if (activations.planes == 2) add_planes(up, n, chunk, rows);
      for (int m = 0; m < n; m++) kernels().gate(options.activation, result + m * chunk, up + m * chunk, rows);
    }
    for (int m = 0; m < n; m++) {
      const float* from = result + static_cast<size_t>(m) * chunk;
      float* to = output + static_cast<size_t>(m) * width;
      const float* residual = options.residual == nullptr ? nullptr : options.residual + static_cast<size_t>(m) * width;
      if (plain && options.bias == nullptr && residual == nullptr) {
        std::memcpy(to + first, from, rows * sizeof(float));
        continue;
      }
      if (plain && options.bias == nullptr) {
        for (int r = 0; r < rows; r++) to[first + r] = from[r] + residual[first + r];
        continue;
      }
      for (int r = 0; r < rows; r++) {
        const int place = plain ? first + r : place_of(matrix, first + r);
        float value = from[r];
        if (options.bias != nullptr) value += options.bias[place];
        if (residual != nullptr) value += residual[place];
        to[place] = value;
      }
    }
  });
}

void embedding(ThreadPool& pool, const Matrix& table, const int32_t* rows, int n, float* output) {
  const int columns = table.columns;
  const auto one = [&](int index) {
    int row = rows[index];
    for (const MatrixPart& part : table.parts) {
      if (row < part.rows) {
        thread_local Scratch memory;
        float* values = memory.take(static_cast<size_t>(steps_of(columns)) * kStep);
        kernels().unpack(part.format, part.data + static_cast<size_t>(row) * part.row_bytes, columns, values);
        std::memcpy(output + static_cast<size_t>(index) * columns, values, columns * sizeof(float));
        return;
      }
      row -= part.rows;
    }
  };
  if (n > kParallelRows) pool.run(n, one);
  else for (int index = 0; index < n; index++) one(index);
}

}  // namespace foretoken

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

/// Goes through the strips of some rows of a part in the order in which they are multiplied.
class Walk {
 public:
  /// `by_strip`: strip by strip, so that many activations stay in the cache; else panel by panel, as stored panels lie in
  /// memory.
  Walk(const MatrixPart& part, int columns, int first, int rows, bool by_strip)
      : part_(part), layout_(part.format, columns), block_bytes_(layout_of(part.format).bytes), first_(first),
        rows_(rows), width_(integer_kernels().panel), by_strip_(by_strip) {
    stored_ = part.panels != nullptr && first % width_ == 0;
    enter();
  }

  bool ended() const { return by_strip_ ? strip_ == layout_.strips() : row_ >= rows_; }
  void next() {
    if (by_strip_ ? (row_ += width_) >= rows_ : ++strip_ == layout_.strips()) {
      if (by_strip_) row_ = 0, strip_++;
      else strip_ = 0, row_ += width_;
    }
    if (!ended()) enter();
  }

  int strip() const { return strip_; }
  /// First row of the panel, from the first row of the walk, and how many rows it has.
  int row() const { return row_; }
  int count() const { return std::min(width_, rows_ - row_); }
  int first_block() const { return begin_; }
  int blocks() const { return end_ - begin_; }
  const PanelLayout& layout() const { return layout_; }

  /// Where the strip lies; nothing behind the last row of the part.
  Ahead place() const {
    const int row = first_ + row_;
    if (ended() || row >= part_.rows) return {};
    const size_t bytes = blocks() * block_bytes_;
    if (stored_) return {part_.panels + row / width_ * layout_.panel_bytes() + layout_.offset(strip_), 0, bytes * width_, 1};
    return {part_.data + row * part_.row_bytes + begin_ * block_bytes_, part_.row_bytes, bytes,
            std::min(width_, part_.rows - row)};
  }

 private:
  void enter() {
    begin_ = layout_.first_block(strip_);
    end_ = layout_.first_block(strip_ + 1);
  }

  const MatrixPart& part_;
  PanelLayout layout_;
  size_t block_bytes_;
  int first_, rows_, width_;
  bool by_strip_, stored_;
  int strip_ = 0, row_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace

void integer_product(const MatrixPart& part, int columns, int first, int rows, const RoundedRows& rounded, float* out,
                     int stride, const Upcoming& after) {
  const IntegerKernels& kernels = integer_kernels();
  const bool by_strip = rounded.tiles() > 1, known = after.part != nullptr && has_integers(after.part->format);
  Walk walk(part, columns, first, rows, by_strip), ahead = walk;
  Walk next = known ? Walk(*after.part, columns, after.row, rows, by_strip) : walk;
  const auto fetch_next = [&] {
    Walk& from = ahead.ended() && known ? next : ahead;
    const Ahead place = from.place();
    if (!from.ended()) from.next();
    return place;
  };
  for (int skipped = 0; skipped < kStripsAhead; skipped++) fetch_next();
  const int steps_of_block = layout_of(part.format).values / kStep;
  thread_local Scratch memory;
  for (; !walk.ended(); walk.next()) {
    const int strip = walk.strip(), row = walk.row(), count = walk.count(), begin = walk.first_block();
    const int blocks = walk.blocks();
    const Ahead here = walk.place(), ahead_of_here = fetch_next();
    const uint8_t* panel = here.weight;
    if (here.row_bytes > 0) {
      auto* regrouped = reinterpret_cast<uint8_t*>(memory.take(walk.layout().panel_bytes() / sizeof(float)));
      kernels.regroup(part.format, here.weight, part.row_bytes, count, blocks, regrouped);
      panel = regrouped;
    }
    for (int tile = 0; tile < rounded.tiles(); tile++) {
      const int tile_rows = rounded.rows_of(tile);
      const uint8_t* steps = rounded.steps_of(tile, begin * steps_of_block);
      float* y = out + static_cast<size_t>(tile) * kLargestTile * stride + row;
      Ahead fetched = tile == 0 ? ahead_of_here : Ahead{};
      if (tile == 0 && here.row_bytes == 0) fetched.near = by_strip ? here.bytes : 2 * here.bytes;
      if (count == kernels.panel) {
        kernels.product(part.format, panel, blocks, steps, tile_rows, strip == 0, y, stride, fetched);
        continue;
      }
      float edge[kLargestTile * kWidestPanel] = {};
      for (int m = 0; m < tile_rows && strip > 0; m++) {
        std::memcpy(edge + m * kernels.panel, y + static_cast<size_t>(m) * stride, count * sizeof(float));
      }
      kernels.product(part.format, panel, blocks, steps, tile_rows, strip == 0, edge, kernels.panel, fetched);
      for (int m = 0; m < tile_rows; m++) {
        std::memcpy(y + static_cast<size_t>(m) * stride, edge + m * kernels.panel, count * sizeof(float));
      }
    }
  }
}

}  // namespace foretoken

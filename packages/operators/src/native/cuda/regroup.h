// Weights as the kernels read them: row tiles, each a record of aligned planes of quants and scales.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../weights.h"
#include "kernels/arguments.h"

namespace foretoken::cuda {

/// Rows of a matrix that one launch multiplies.
struct RegroupedPart {
  /// Names the kernels: F32 and BF16 have become F16, with a power of two for each row.
  Format format;
  /// First value of the result, and how many there are: `first`, `rows` and `gated` of ProductArguments.
  int first;
  int rows;
  bool gated;
  int tiles;
  /// Bytes of a row tile, a multiple of 256; all lie one after the other.
  size_t tile_bytes;
  /// Stored rows of the matrix, [tiles][16]; -1 where a tile has none.
  std::vector<int> stored;

  size_t bytes() const { return tile_bytes * static_cast<size_t>(tiles); }
};

/// The parts of a matrix. `gated` asks for gate and up in the same tiles; where their formats differ, parts come out
/// without it, and gate_rows must follow. Results are in the order that `interleave` asks for.
std::vector<RegroupedPart> regroup_plan(const Matrix& matrix, bool gated);

/// Writes the row tiles [first, first + count) of a part, `tile_bytes` each. May run on several threads for other tiles.
void regroup_tiles(const Matrix& matrix, const RegroupedPart& part, int first, int count, uint8_t* out);

/// What `FORMAT` is in the name of a kernel: "q4_k".
std::string kernel_format(Format format);

}  // namespace foretoken::cuda

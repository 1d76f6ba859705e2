// Matrices of random bytes that own them, without what the CPU's products need.
#pragma once

#include <memory>
#include <vector>

#include "random-weights.h"

namespace foretoken::cuda {

struct OwnedMatrix {
  Matrix matrix;
  std::vector<std::vector<uint8_t>> bytes;

  explicit OwnedMatrix(int columns) { matrix.columns = columns; }
  void append(std::vector<uint8_t> rows_of_part, Format format, int rows, int interleave) {
    bytes.push_back(std::move(rows_of_part));
    MatrixPart part{};
    part.data = bytes.back().data();
    part.format = format;
    part.rows = rows;
    part.row_bytes = row_bytes(format, matrix.columns);
    part.interleave = interleave;
    matrix.parts.push_back(part);
    matrix.rows += rows;
  }
};

/// Parts of several formats where `mixed`, which share their columns.
inline OwnedMatrix random_parts(Random& random, Format format, int columns, int rows, bool mixed) {
  OwnedMatrix owned(columns);
  const int parts = mixed ? between(random, 2, 3) : 1;
  for (int p = 0; p < parts; p++) {
    const int most = columns % 256 == 0 ? kFormats - 1 : static_cast<int>(Format::Q5_1);
    const Format own = p == 1 ? static_cast<Format>(between(random, 0, most)) : format;
    const int interleave = mixed && between(random, 0, 1) == 1 ? 4 : 0;
    const int count = interleave > 0 ? 4 * between(random, 1, 8) : rows;
    owned.append(random_blocks(random, own, static_cast<size_t>(count) * columns), own, count, interleave);
  }
  return owned;
}

}  // namespace foretoken::cuda

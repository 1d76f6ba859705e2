// Stored weights as ggml's reference reads them, value by value: what any other way to unpack them must agree with.
#pragma once

#include <cmath>
#include <cstring>
#include <vector>

#include "../weights.h"

namespace foretoken {

inline double plain_half(const uint8_t* from) {
  uint16_t bits;
  std::memcpy(&bits, from, sizeof bits);
  const int exponent = bits >> 10 & 31, mantissa = bits & 0x3ff;
  const double size = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return bits >> 15 != 0 ? -size : size;
}

/// Value `column` of a stored row.
inline double plain_value(Format format, const uint8_t* row, int column) {
  const BlockLayout layout = layout_of(format);
  const uint8_t* block = row + static_cast<size_t>(column / layout.values) * layout.bytes;
  const int i = column % layout.values;
  const auto nibble = [i](const uint8_t* from) { return i < 16 ? from[i] & 15 : from[i - 16] >> 4; };
  const auto fifth = [i](const uint8_t* from) { return (from[i / 8] >> (i % 8) & 1) * 16; };
  float single;
  switch (format) {
    case Format::F32: std::memcpy(&single, block, 4); return single;
    case Format::F16: return plain_half(block);
    case Format::BF16: {
      const uint8_t bytes[4] = {0, 0, block[0], block[1]};
      std::memcpy(&single, bytes, 4);
      return single;
    }
    case Format::Q8_0: return plain_half(block) * static_cast<int8_t>(block[2 + i]);
    case Format::Q4_0: return plain_half(block) * (nibble(block + 2) - 8);
    case Format::Q4_1: return plain_half(block) * nibble(block + 4) + plain_half(block + 2);
    case Format::Q5_0: return plain_half(block) * (nibble(block + 6) + fifth(block + 2) - 16);
    case Format::Q5_1: return plain_half(block) * (nibble(block + 8) + fifth(block + 4)) + plain_half(block + 2);
    case Format::Q4_K:
    case Format::Q5_K: {
      const int group = i / 32;
      const uint8_t* packed = block + 4;
      const int scale = group < 4 ? packed[group] & 63 : (packed[group + 4] & 15) | (packed[group - 4] >> 6) << 4;
      const int least = group < 4 ? packed[group + 4] & 63 : packed[group + 4] >> 4 | (packed[group] >> 6) << 4;
      const uint8_t* from = block + (format == Format::Q4_K ? 16 : 48) + group / 2 * 32;
      const int high = format == Format::Q4_K ? 0 : (block[16 + i % 32] >> group & 1) * 16;
      const int integer = (from[i % 32] >> (group % 2 * 4) & 15) + high;
      return plain_half(block) * scale * integer - plain_half(block + 2) * least;
    }
    case Format::Q6_K: {
      const int part = i / 128, quarter = i % 128 / 32, j = i % 32;
      const int low = block[64 * part + 32 * (quarter % 2) + j] >> (quarter / 2 * 4) & 15;
      const int high = block[128 + 32 * part + j] >> (2 * quarter) & 3;
      return plain_half(block + 208) * static_cast<int8_t>(block[192 + i / 16]) * (low + high * 16 - 32);
    }
  }
  return 0;
}

/// All rows of a matrix in the order of its results, [rows][columns].
inline std::vector<double> plain_values(const Matrix& matrix) {
  std::vector<double> values(static_cast<size_t>(matrix.rows) * matrix.columns);
  int first = 0;
  for (const MatrixPart& part : matrix.parts) {
    for (int r = 0; r < part.rows; r++) {
      const int size = part.interleave, within = size == 0 ? 0 : r % size;
      const int moved = within < size / 2 ? 2 * within : 2 * (within - size / 2) + 1;
      double* row = values.data() + static_cast<size_t>(first + r - within + (size == 0 ? 0 : moved)) * matrix.columns;
      for (int c = 0; c < matrix.columns; c++) row[c] = plain_value(part.format, part.data + r * part.row_bytes, c);
    }
    first += part.rows;
  }
  return values;
}

}  // namespace foretoken

// Random weights in every format, and the values that they stand for.
#pragma once

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "../kernels.h"
#include "../weights.h"
#include "check.h"

namespace foretoken {

namespace portable {
extern const Kernels table;
}

using Random = std::mt19937;

inline int between(Random& random, int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(random);
}

inline std::vector<float> floats(Random& random, size_t count) {
  std::uniform_real_distribution<float> values(-1, 1);
  std::vector<float> list(count);
  for (float& value : list) value = values(random);
  return list;
}

inline std::shared_ptr<Vector> random_norm(Random& random, int size) {
  auto norm = std::make_shared<Vector>();
  norm->values = floats(random, static_cast<size_t>(size));
  norm->epsilon = 1e-3f;
  return norm;
}

inline int unit_of(Format format) { return layout_of(format).values; }

inline std::vector<uint8_t> random_blocks(Random& random, Format format, size_t count) {
  const BlockLayout layout = layout_of(format);
  std::vector<uint8_t> bytes(count / layout.values * layout.bytes);
  if (format == Format::F32) {
    const std::vector<float> values = floats(random, count);
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  // Scales and halves of ordinary size: the exponent's upper bits are what makes them huge.
  const auto tame = [&](size_t at, uint8_t least) { bytes[at + 1] = (bytes[at + 1] & 0x83) | least; };
  for (size_t at = 0; at < bytes.size(); at += layout.bytes) {
    if (format == Format::BF16) tame(at, 0x3c);
    else if (format == Format::Q6_K) tame(at + 208, 0x1c);
    else tame(at, 0x1c);
    if (format == Format::Q4_1 || format == Format::Q5_1 || format == Format::Q4_K || format == Format::Q5_K) {
      tame(at + 2, 0x1c);
    }
  }
  return bytes;
}

inline void append_random(Random& random, const std::shared_ptr<Matrix>& matrix, int rows, Format format, int interleave) {
  const std::vector<uint8_t> bytes = random_blocks(random, format, static_cast<size_t>(rows) * matrix->columns);
  std::string error;
  if (!matrix->append(Mapping::of_bytes(bytes.data(), bytes.size()), 0, format, rows, interleave, &error)) stop(error);
}

inline std::shared_ptr<Matrix> random_matrix(Random& random, int rows, int columns, Format format, int interleave = 0) {
  auto matrix = std::make_shared<Matrix>();
  matrix->columns = columns;
  append_random(random, matrix, rows, format, interleave);
  return matrix;
}

inline std::vector<float> values_of(const Matrix& matrix, const Kernels& kernels = portable::table) {
  std::vector<float> values;
  for (const MatrixPart& part : matrix.parts) {
    std::vector<float> row(static_cast<size_t>(steps_of(matrix.columns)) * kStep);
    for (int r = 0; r < part.rows; r++) {
      kernels.unpack(part.format, part.data + r * part.row_bytes, matrix.columns, row.data());
      values.insert(values.end(), row.begin(), row.begin() + matrix.columns);
    }
  }
  return values;
}

/// Of what random weights of every format unpack to, bit by bit: the same on every processor.
inline uint64_t unpacked_checksum() {
  Random random(1);
  uint64_t sum = 14695981039346656037u;
  for (int format = 0; format < kFormats; format++) {
    const auto matrix = random_matrix(random, 50, 256, static_cast<Format>(format));
    for (const float value : values_of(*matrix, kernels())) {
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      sum = (sum ^ bits) * 1099511628211u;
    }
  }
  return sum;
}

}  // namespace foretoken

// Weights in their stored format, in memory that is mapped from their file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "formats.h"
#include "registry.h"

namespace foretoken {

/// False where no format has the name.
bool find_format(const std::string& name, Format* format);

/// Bytes that weights lie in: a file, shared with every process that maps it, or a copy. They begin at a cache line.
class Mapping : public Object {
 public:
  /// Null when the file can't be mapped; `error` says why.
  /// Its first `ahead` bytes, as far as it has so many, are read ahead.
  static std::shared_ptr<Mapping> of_file(const std::string& path, double ahead, std::string* error);
  static std::shared_ptr<Mapping> of_bytes(const uint8_t* data, size_t size);
  ~Mapping() override;

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  struct alignas(64) Line {
    uint8_t bytes[64];
  };
  std::vector<Line> copy_;
};

/// Rows of one stored tensor.
struct MatrixPart {
  std::shared_ptr<Mapping> mapping;
  const uint8_t* data;
  Format format;
  int rows;
  size_t row_bytes;
  /// Values of a head whose rows are stored as [first halves, second halves] of rotated pairs and are to come out as
  /// neighbours; 0 where rows are taken as they are.
  int interleave;
  /// The rows regrouped for integer products (stored-panels.h); null where they are regrouped in each pass.
  const uint8_t* panels = nullptr;
  std::shared_ptr<Mapping> panel_mapping;
};

/// How a product is computed: with unpacked weights and float32 activations, or with the stored integers and activations
/// rounded to 8 bits.
enum class Arithmetic { exact, integer };

/// Parts stacked row on row.
struct Matrix : Object {
  int rows = 0;
  int columns = 0;
  Arithmetic arithmetic = Arithmetic::exact;
  std::vector<MatrixPart> parts;

  /// Appends rows; false and `error` when they don't lie inside the mapping.
  bool append(std::shared_ptr<Mapping> mapping, size_t offset, Format format, int rows, int interleave,
              std::string* error);

  /// Rows of another matrix, in ascending order, over the same bytes; false and `error` for a row that it has not.
  bool select(const Matrix& other, const int32_t* chosen, size_t count, std::string* error);
};

struct Vector : Object {
  std::vector<float> values;
  /// Where the vector is the weight of an RMS norm: x / sqrt(mean(x²) + epsilon) * values.
  float epsilon = 0;
};

}  // namespace foretoken

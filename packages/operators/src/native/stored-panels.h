// Panels of weights that are regrouped once and kept in a file, so that a pass need not regroup what it reads. A part's
// panels follow one another; a panel is cut into strips, each as `IntegerKernels::regroup` leaves it, aligned to cache lines.
#pragma once

#include <memory>
#include <string>

#include "weights.h"

namespace foretoken {

/// How the panels of a format with integers lie, for rows of `columns` values and the panels of `integer_kernels()`.
class PanelLayout {
 public:
  PanelLayout(Format format, int columns);

  int strips() const { return strips_; }
  /// First block of a strip; that of strip `strips()` is one past the last block.
  int first_block(int strip) const { return static_cast<int>(static_cast<int64_t>(blocks_) * strip / strips_); }
  /// Where a strip begins in its panel.
  size_t offset(int strip) const { return static_cast<size_t>(strip) * strip_bytes_; }
  size_t panel_bytes() const { return static_cast<size_t>(strips_) * strip_bytes_; }
  /// Bytes of the panels of `rows` rows.
  size_t bytes(int rows) const { return (static_cast<size_t>(rows) + width_ - 1) / width_ * panel_bytes(); }

 private:
  int blocks_, strips_, width_;
  size_t strip_bytes_;
};

/// Regroups all rows of a part into `PanelLayout::bytes` bytes.
void regroup_part(const MatrixPart& part, int columns, uint8_t* panels);

/// Lets integer products with part `index` of the matrix read panels at `offset` of a mapping; false and `error` when
/// they don't lie inside it or the part has none.
bool use_panels(Matrix& matrix, size_t index, std::shared_ptr<Mapping> mapping, size_t offset, std::string* error);

}  // namespace foretoken

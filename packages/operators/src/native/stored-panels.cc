#include "stored-panels.h"

#include <algorithm>

#include "integer-kernels.h"

namespace foretoken {
namespace {

/// Bytes of a panel that are multiplied at a time: they stay in the first-level cache beside a tile of activations.
constexpr int kStripBytes = 16 << 10;

constexpr size_t kLine = 64;

}  // namespace

PanelLayout::PanelLayout(Format format, int columns) : width_(integer_kernels().panel) {
  const BlockLayout layout = layout_of(format);
  const size_t block_bytes = static_cast<size_t>(layout.bytes) * width_;
  blocks_ = columns / layout.values;
  strips_ = std::max(1, static_cast<int>((blocks_ * block_bytes + kStripBytes / 2) / kStripBytes));
  const int most = (blocks_ + strips_ - 1) / strips_;
  strip_bytes_ = (most * block_bytes + kLine - 1) / kLine * kLine;
}

void regroup_part(const MatrixPart& part, int columns, uint8_t* panels) {
  const IntegerKernels& kernels = integer_kernels();
  const PanelLayout layout(part.format, columns);
  const size_t block_bytes = layout_of(part.format).bytes;
  for (int row = 0; row < part.rows; row += kernels.panel) {
    const uint8_t* stored = part.data + row * part.row_bytes;
    const int count = std::min(kernels.panel, part.rows - row);
    for (int strip = 0; strip < layout.strips(); strip++) {
      const int begin = layout.first_block(strip), end = layout.first_block(strip + 1);
      kernels.regroup(part.format, stored + begin * block_bytes, part.row_bytes, count, end - begin,
                      panels + layout.offset(strip));
    }
    panels += layout.panel_bytes();
  }
}

bool use_panels(Matrix& matrix, size_t index, std::shared_ptr<Mapping> mapping, size_t offset, std::string* error) {
  if (index >= matrix.parts.size() || !has_integers(matrix.parts[index].format)) {
    *error = "part " + std::to_string(index) + " has no panels";
    return false;
  }
  MatrixPart& part = matrix.parts[index];
  const size_t bytes = PanelLayout(part.format, matrix.columns).bytes(part.rows);
  if (offset % kLine != 0 || offset > mapping->size() || mapping->size() - offset < bytes) {
    *error = std::to_string(bytes) + " bytes of panels at offset " + std::to_string(offset) + " are not aligned to " +
             std::to_string(kLine) + " bytes or reach beyond the " + std::to_string(mapping->size()) + " bytes mapped";
    return false;
  }
  part.panels = mapping->data() + offset;
  part.panel_mapping = std::move(mapping);
  return true;
}

}  // namespace foretoken

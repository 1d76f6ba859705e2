#include "accelerator.h"

#include <algorithm>

#include "../thread-pool.h"

namespace foretoken::cuda {
namespace {

/// Tiles that are regrouped before they are copied, in bytes.
constexpr size_t kStage = 16 << 20;
/// Where the parts of a matrix begin.
constexpr size_t kAlignment = 256;

/// What a pass needs beside weights and cache, about: refusing early says more than failing in a pass.
constexpr size_t kReserve = 64 << 20;

std::string gigabytes(size_t bytes) {
  const std::string text = std::to_string(static_cast<double>(bytes) / 1e9);
  return text.substr(0, text.find('.') + 3) + " GB";
}

}  // namespace

std::shared_ptr<DeviceMatrix> Accelerator::matrix(const std::shared_ptr<Matrix>& source, bool gated) {
  std::weak_ptr<DeviceMatrix>& known = matrices_[gated ? 1 : 0][source.get()];
  if (auto found = known.lock()) return found;
  const std::vector<RegroupedPart> plan = regroup_plan(*source, gated);
  size_t bytes = 0;
  for (const RegroupedPart& part : plan) bytes += (part.bytes() + kAlignment - 1) / kAlignment * kAlignment;
  const size_t free = device_->free_memory();
  if (bytes + kReserve > free) {
    throw DeviceError(Fault::OutOfMemory, "The model does not fit the memory of " + device_->description().name + ": " +
                                              gigabytes(free) + " of " + gigabytes(device_->description().memory) +
                                              " are free, and a weight of " + gigabytes(bytes) + " has no room.");
  }
  auto matrix = std::make_shared<DeviceMatrix>();
  matrix->source = source;
  matrix->memory = Memory(device_, bytes);
  size_t offset = 0;
  for (const RegroupedPart& part : plan) {
    const Address address = matrix->memory.address() + offset;
    copy_tiles(*source, part, address);
    matrix->parts.push_back({part.format, address, part.first, part.rows, part.tiles, part.gated});
    offset += (part.bytes() + kAlignment - 1) / kAlignment * kAlignment;
  }
  known = matrix;
  return matrix;
}

void Accelerator::copy_tiles(const Matrix& matrix, const RegroupedPart& part, Address to) {
  const int together = std::max<int>(1, static_cast<int>(kStage / part.tile_bytes));
  const HostArray<uint8_t> stage(device_, std::min(together, part.tiles) * part.tile_bytes);
  const auto pool = shared_pool();
  for (int first = 0; first < part.tiles; first += together) {
    const int count = std::min(together, part.tiles - first);
    const int each = std::max(1, count / (4 * pool->threads()));
    pool->run((count + each - 1) / each, [&](int task) {
      const int begin = task * each;
      regroup_tiles(matrix, part, first + begin, std::min(each, count - begin), stage.data() + begin * part.tile_bytes);
    });
    device_->upload(to + static_cast<size_t>(first) * part.tile_bytes, stage.data(), count * part.tile_bytes);
    device_->synchronise();
  }
}

std::shared_ptr<DeviceVector> Accelerator::vector(const std::shared_ptr<Vector>& source) {
  if (!source) return nullptr;
  std::weak_ptr<DeviceVector>& known = vectors_[source.get()];
  if (auto found = known.lock()) return found;
  auto vector = std::make_shared<DeviceVector>();
  const size_t bytes = source->values.size() * sizeof(float);
  vector->source = source;
  vector->memory = Memory(device_, bytes);
  device_->upload(vector->memory.address(), source->values.data(), bytes);
  device_->synchronise();
  known = vector;
  return vector;
}

}  // namespace foretoken::cuda

#include "weights.h"

#include "integer-kernels.h"
#include "stored-panels.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace foretoken {
namespace {

constexpr size_t kHugePage = 2 << 20;

/// Where the kernel keeps a file in huge pages, they are mapped as such only at multiples of their size. Weights are read
/// about a quarter faster from them.
void* map_aligned(int file, size_t size) {
  const size_t room = size + kHugePage;
  void* reserved = mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (reserved == MAP_FAILED) return MAP_FAILED;
  auto* start = static_cast<uint8_t*>(reserved);
  auto* aligned = start + (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
  void* data = mmap(aligned, size, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0);
  if (data == MAP_FAILED) {
    munmap(reserved, room);
    return MAP_FAILED;
  }
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  uint8_t* end = aligned + (size + page - 1) / page * page;
  if (aligned > start) munmap(start, static_cast<size_t>(aligned - start));
  if (end < start + room) munmap(end, static_cast<size_t>(start + room - end));
  madvise(data, size, MADV_HUGEPAGE);
  return data;
}

/// What the first pass needs: faster than a page fault for each page. Faults of the whole range read the file into huge
/// pages where there are such; kernels before 5.14 can't do that.
void read_ahead(void* data, size_t size) {
#ifdef MADV_POPULATE_READ
  if (madvise(data, size, MADV_POPULATE_READ) == 0) return;
#endif
  madvise(data, size, MADV_WILLNEED);
}

}  // namespace

bool find_format(const std::string& name, Format* format) {
  for (int index = 0; index < kFormats; index++) {
    if (name != kFormatNames[index]) continue;
    *format = static_cast<Format>(index);
    return true;
  }
  return false;
}

std::shared_ptr<Mapping> Mapping::of_file(const std::string& path, double ahead, std::string* error) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0) {
    *error = path + ": " + (file >= 0 && status.st_size == 0 ? "empty file" : std::strerror(errno));
    if (file >= 0) close(file);
    return nullptr;
  }
  const size_t size = static_cast<size_t>(status.st_size);
  void* data = map_aligned(file, size);
  close(file);
  if (data == MAP_FAILED) {
    *error = path + ": " + std::strerror(errno);
    return nullptr;
  }
  if (ahead > 0) read_ahead(data, ahead < static_cast<double>(size) ? static_cast<size_t>(ahead) : size);
  auto mapping = std::make_shared<Mapping>();
  mapping->data_ = static_cast<const uint8_t*>(data);
  mapping->size_ = size;
  return mapping;
}

std::shared_ptr<Mapping> Mapping::of_bytes(const uint8_t* data, size_t size) {
  auto mapping = std::make_shared<Mapping>();
  mapping->copy_.resize((size + sizeof(Line) - 1) / sizeof(Line));
  if (size > 0) std::memcpy(mapping->copy_.data(), data, size);
  mapping->data_ = reinterpret_cast<const uint8_t*>(mapping->copy_.data());
  mapping->size_ = size;
  return mapping;
}

Mapping::~Mapping() {
  if (copy_.empty() && data_ != nullptr) munmap(const_cast<uint8_t*>(data_), size_);
}

bool Matrix::append(std::shared_ptr<Mapping> mapping, size_t offset, Format format, int part_rows, int interleave,
                    std::string* error) {
  const BlockLayout layout = layout_of(format);
  if (part_rows < 1 || columns % layout.values != 0) {
    *error = "a part of " + std::to_string(part_rows) + " rows of " + std::to_string(columns) +
             " columns is not made of whole blocks of " + std::to_string(layout.values);
    return false;
  }
  if (interleave < 0 || interleave % 2 != 0 || (interleave > 0 && part_rows % interleave != 0)) {
    *error = std::to_string(part_rows) + " rows can't be interleaved in heads of " + std::to_string(interleave);
    return false;
  }
  const size_t bytes = row_bytes(format, columns);
  if (offset > mapping->size() || (mapping->size() - offset) / bytes < static_cast<size_t>(part_rows)) {
    *error = std::to_string(part_rows) + " rows of " + std::to_string(bytes) + " bytes at offset " +
             std::to_string(offset) + " reach beyond the " + std::to_string(mapping->size()) + " bytes mapped";
    return false;
  }
  const uint8_t* data = mapping->data() + offset;
  parts.push_back({std::move(mapping), data, format, part_rows, bytes, interleave, nullptr, nullptr});
  rows += part_rows;
  return true;
}

bool Matrix::select(const Matrix& other, const int32_t* chosen, size_t count, std::string* error) {
  columns = other.columns;
  arithmetic = other.arithmetic;
  size_t next = 0;
  int start = 0;
  for (const MatrixPart& part : other.parts) {
    const int end = start + part.rows;
    // Neighbours stay together: each part costs a call of the kernels.
    while (next < count && chosen[next] >= start && chosen[next] < end && part.interleave == 0) {
      const int first = chosen[next++];
      int rows_taken = 1;
      while (next < count && chosen[next] == first + rows_taken && first + rows_taken < end) rows_taken++, next++;
      MatrixPart taken = part;
      taken.data += static_cast<size_t>(first - start) * part.row_bytes;
      taken.rows = rows_taken;
      if (taken.panels != nullptr && (first - start) % integer_kernels().panel == 0) {
        const size_t bytes = PanelLayout(part.format, columns).panel_bytes();
        taken.panels += static_cast<size_t>((first - start) / integer_kernels().panel) * bytes;
      } else {
        taken.panels = nullptr;
      }
      parts.push_back(std::move(taken));
      rows += rows_taken;
    }
    start = end;
  }
  if (next == count && count > 0) return true;
  *error = count == 0 ? "no rows are chosen"
                      : "row " + std::to_string(chosen[next]) + " is not in a matrix of " + std::to_string(other.rows) +
                            " rows, does not follow the one before, or lies in heads";
  return false;
}

}  // namespace foretoken

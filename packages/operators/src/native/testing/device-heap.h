// Host memory that a GPU sees under the same addresses. While it is open, all that a program allocates with `new` lies there,
// so that checks can hand plain vectors to kernels. To be included once in a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>

namespace foretoken {

class DeviceHeap {
 public:
  /// From here on; the memory is never given back.
  void open(void* memory, size_t bytes) {
    next_ = static_cast<uint8_t*>(memory);
    begin_ = next_;
    end_ = begin_ + bytes;
  }

  /// Null while it is closed.
  void* take(size_t bytes) {
    if (begin_ == nullptr) return nullptr;
    size_t kind = 0;
    while ((kSmallest << kind) < bytes + kHeader) kind++;
    std::lock_guard<std::mutex> lock(mutex_);
    Block* block = free_[kind];
    if (block != nullptr) {
      free_[kind] = block->next;
    } else {
      if (static_cast<size_t>(end_ - next_) < kSmallest << kind) throw std::bad_alloc();
      block = reinterpret_cast<Block*>(next_);
      next_ += kSmallest << kind;
    }
    block->kind = kind;
    return reinterpret_cast<uint8_t*>(block) + kHeader;
  }

  /// False for memory of another kind.
  bool give_back(void* memory) {
    auto* bytes = static_cast<uint8_t*>(memory);
    if (bytes < begin_ || bytes >= end_) return false;
    auto* block = reinterpret_cast<Block*>(bytes - kHeader);
    std::lock_guard<std::mutex> lock(mutex_);
    block->next = free_[block->kind];
    free_[block->kind] = block;
    return true;
  }

 private:
  struct Block {
    size_t kind;
    Block* next;
  };
  /// Kernels read vectors of 16 bytes; blocks are powers of two.
  static constexpr size_t kHeader = 64, kSmallest = 128;

  std::mutex mutex_;
  uint8_t* begin_ = nullptr;
  uint8_t* next_ = nullptr;
  uint8_t* end_ = nullptr;
  Block* free_[48] = {};
};

inline DeviceHeap device_heap;

}  // namespace foretoken

void* operator new(size_t bytes) {
  if (void* memory = foretoken::device_heap.take(bytes)) return memory;
  if (void* memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  if (!foretoken::device_heap.give_back(memory)) std::free(memory);
}

void operator delete(void* memory, size_t) noexcept { ::operator delete(memory); }

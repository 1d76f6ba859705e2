// Memory that a thread keeps between calls, aligned so that no vector of it lies across two cache lines.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace foretoken {

class Scratch {
 public:
  Scratch() = default;
  ~Scratch() { std::free(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// Room for `count` values; what was there is lost.
  float* take(size_t count) {
    if (count > count_) {
      std::free(data_);
      count_ = (count + count / 4 + 15) / 16 * 16;
      data_ = static_cast<float*>(std::aligned_alloc(64, count_ * sizeof(float)));
      if (data_ == nullptr) {
        count_ = 0;
        throw std::bad_alloc();
      }
    }
    return data_;
  }

  float* data() const { return data_; }

 private:
  float* data_ = nullptr;
  size_t count_ = 0;
};

}  // namespace foretoken

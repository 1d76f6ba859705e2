// The stored formats of weights, as GGUF and safetensors files hold them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace foretoken {

/// The formats: what GGUF and JavaScript call each, values of a block and its bytes.
#define FORETOKEN_FORMATS(format) \
  format(F32, 1, 4)               \
  format(F16, 1, 2)               \
  format(BF16, 1, 2)              \
  format(Q8_0, 32, 34)            \
  format(Q4_0, 32, 18)            \
  format(Q4_1, 32, 20)            \
  format(Q5_0, 32, 22)            \
  format(Q5_1, 32, 24)            \
  format(Q4_K, 256, 144)          \
  format(Q5_K, 256, 176)          \
  format(Q6_K, 256, 210)

#define FORETOKEN_FORMAT_ENUMERATOR(name, values, bytes) name,
#define FORETOKEN_FORMAT_NAME(name, values, bytes) #name,
#define FORETOKEN_FORMAT_LAYOUT(name, values, bytes) {values, bytes},

enum class Format : int32_t { FORETOKEN_FORMATS(FORETOKEN_FORMAT_ENUMERATOR) };

constexpr const char* kFormatNames[] = {FORETOKEN_FORMATS(FORETOKEN_FORMAT_NAME)};

constexpr int kFormats = sizeof(kFormatNames) / sizeof(kFormatNames[0]);

struct BlockLayout {
  int values;
  int bytes;
};

constexpr BlockLayout kLayouts[kFormats] = {FORETOKEN_FORMATS(FORETOKEN_FORMAT_LAYOUT)};

constexpr BlockLayout layout_of(Format format) { return kLayouts[static_cast<int>(format)]; }

/// Bytes of a row of `columns` values, which must be whole blocks.
constexpr size_t row_bytes(Format format, int columns) {
  return static_cast<size_t>(columns / layout_of(format).values) * layout_of(format).bytes;
}

/// Kernels take weights in steps of this many values, whatever the format; activations are packed in the same steps.
constexpr int kStep = 32;

constexpr int steps_of(int columns) { return (columns + kStep - 1) / kStep; }

}  // namespace foretoken

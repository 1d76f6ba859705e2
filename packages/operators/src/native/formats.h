// The stored formats of weights, as GGUF and safetensors files hold them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace foretoken {

enum class Format : int32_t { F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K };

constexpr int kFormats = 11;

/// What GGUF, and JavaScript, call them.
constexpr const char* kFormatNames[kFormats] = {"F32",  "F16",  "BF16", "Q8_0", "Q4_0", "Q4_1",
                                                "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"};

struct BlockLayout {
  int values;
  int bytes;
};

constexpr BlockLayout kLayouts[kFormats] = {{1, 4},   {1, 2},   {1, 2},    {32, 34},   {32, 18},  {32, 20},
                                            {32, 22}, {32, 24}, {256, 144}, {256, 176}, {256, 210}};

constexpr BlockLayout layout_of(Format format) { return kLayouts[static_cast<int>(format)]; }

/// Bytes of a row of `columns` values, which must be whole blocks.
constexpr size_t row_bytes(Format format, int columns) {
  return static_cast<size_t>(columns / layout_of(format).values) * layout_of(format).bytes;
}

/// Kernels take weights in steps of this many values, whatever the format; activations are packed in the same steps.
constexpr int kStep = 32;

constexpr int steps_of(int columns) { return (columns + kStep - 1) / kStep; }

}  // namespace foretoken

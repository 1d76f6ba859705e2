// What one lane holds of a weight tile, and how it becomes an operand of the tensor cores.
#pragma once

#include "device.h"
#include "tile-layout.h"

namespace foretoken::cuda {

/// Two halves of 1024: a half's last bit is worth 1 there, so integers below 1024 are set by an `or`.
constexpr uint32_t kIntegerHalves = 0x64006400;

template <class Format>
struct WeightTile {
  static constexpr TileLayout layout = Format::layout;
  static constexpr int kQuants = layout.bits / 4;
  static constexpr int kScaleWords = scale_bytes(layout) / 32;

  uint4 quants[kQuants];
  uint32_t high[layout.high > 0 ? layout.high : 1];
  uint32_t scales[kScaleWords > 0 ? kScaleWords : 1];
  uint32_t blocks[2];

  /// `row_tile` is where the row tile begins.
  __device__ __forceinline__ void load(const unsigned char* row_tile, int across, int tile, int lane) {
    const uint4* from = reinterpret_cast<const uint4*>(row_tile + tile * quant_bytes(layout)) + lane;
    for (int i = 0; i < kQuants; i++) quants[i] = load_streamed(from + i * 32);
    if constexpr (layout.high > 0) {
      const uint32_t* words = reinterpret_cast<const uint32_t*>(row_tile + high_at(layout, across) + tile * high_bytes(layout));
      for (int i = 0; i < layout.high; i++) high[i] = words[i * 32 + lane];
    }
    const unsigned char* own = row_tile + scales_at(layout, across) + tile * scale_bytes(layout);
    if constexpr (kScaleWords == 2) {
      const uint2 words = reinterpret_cast<const uint2*>(own)[lane / 4];
      scales[0] = words.x;
      scales[1] = words.y;
    } else if constexpr (kScaleWords == 4) {
      const uint4 words = reinterpret_cast<const uint4*>(own)[lane / 4];
      scales[0] = words.x;
      scales[1] = words.y;
      scales[2] = words.z;
      scales[3] = words.w;
    }
    if constexpr (layout.scales == Scales::block) {
      const uint2 words = reinterpret_cast<const uint2*>(row_tile + blocks_at(layout, across) + tile / 4 * 64)[lane / 4];
      blocks[0] = words.x;
      blocks[1] = words.y;
    }
    if constexpr (layout.scales == Scales::block16) {
      blocks[0] = reinterpret_cast<const uint32_t*>(row_tile + blocks_at(layout, across) + tile / 4 * 32)[lane / 4];
    }
  }

  __device__ __forceinline__ uint32_t word(int index) const {
    const uint4& four = quants[index / 4];
    return index % 4 == 0 ? four.x : index % 4 == 1 ? four.y : index % 4 == 2 ? four.z : four.w;
  }

  /// The stored values of a step of 16 columns, as integers without their scales.
  __device__ __forceinline__ void operand(int step, uint32_t (&a)[4]) const {
    if constexpr (layout.bits == 16) {
      for (int i = 0; i < 4; i++) a[i] = word(4 * step + i);
    } else {
      for (int i = 0; i < 4; i++) {
        if constexpr (layout.bits == 8) {
          // Bytes 2 i and 2 i + 1 of the step, each with the upper byte of 1024.
          a[i] = __byte_perm(word(2 * step + i / 2), kIntegerHalves, i % 2 == 0 ? 0x5150 : 0x5352);
        } else {
          a[i] = (word(step) >> (4 * i) & 0x000f000f) | kIntegerHalves;
          if constexpr (layout.high == 1) a[i] |= (high[0] >> (4 * step + i) & 0x00010001) << 4;
          if constexpr (layout.high == 2) a[i] |= (high[step / 2] >> (8 * (step % 2) + 2 * i) & 0x00030003) << 4;
        }
        a[i] = subtract_halves(a[i], kIntegerHalves + layout.zero * 0x00010001u);
      }
    }
  }

  /// What the integers of a group are to be multiplied by, in row g (upper 0) or g + 8 (upper 1).
  __device__ __forceinline__ float factor(int group, int upper) const {
    if constexpr (layout.scales == Scales::group) {
      return half_to_float(scales[upper] >> (16 * group) & 0xffff);
    } else if constexpr (layout.scales == Scales::group_offset) {
      return half_to_float(scales[2 * upper + group] & 0xffff);
    } else if constexpr (layout.scales == Scales::block) {
      return half_to_float(blocks[upper] & 0xffff) * static_cast<float>(scales[upper] >> (8 * group) & 0xff);
    } else if constexpr (layout.scales == Scales::block16) {
      const int integer = static_cast<signed char>(scales[upper] >> (8 * group) & 0xff);
      return half_to_float(blocks[0] >> (16 * upper) & 0xffff) * static_cast<float>(integer);
    } else {
      return 1.0f;
    }
  }

  /// What is added to them afterwards.
  __device__ __forceinline__ float offset(int group, int upper) const {
    if constexpr (layout.scales == Scales::group_offset) {
      return half_to_float(scales[2 * upper + group] >> 16);
    } else if constexpr (layout.scales == Scales::block) {
      return -half_to_float(blocks[upper] >> 16) * static_cast<float>(scales[upper] >> (16 + 8 * group) & 0xff);
    } else {
      return 0.0f;
    }
  }
};

}  // namespace foretoken::cuda

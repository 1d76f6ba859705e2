// One function a format: `kStep` stored values of a row to float vectors. Layouts as in ggml-quants.c.
#pragma once

#include "formats.h"
#include "vector.h"

namespace foretoken::FORETOKEN_TARGET {

/// Vectors of one step.
constexpr int kVectors = kStep / kLanes;
/// Vectors of half a step: the quantised formats pair value i with value i + 16.
constexpr int kHalf = kVectors / 2;

#if defined(__AVX512F__)
/// d * q + m for the low four bits of each lane. The sixteen values fit a register, so q need not become a float.
FORETOKEN_INLINE Floats nibble_values(Ints packed, Floats table) {
  return reinterpret_cast<Floats>(
      _mm512_permutexvar_ps(reinterpret_cast<__m512i>(packed), reinterpret_cast<__m512>(table)));
}
FORETOKEN_INLINE Floats high_nibble_values(Ints packed, Floats table) { return nibble_values(packed >> 4, table); }
FORETOKEN_INLINE Floats nibble_table(Floats d, Floats m, float zero) {
  const Floats count = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return (count - zero) * d + m;
}
#else
struct NibbleTable {
  Floats d, m;
  int zero;
};
FORETOKEN_INLINE Floats table_values(Ints q, const NibbleTable& table) {
  return to_floats(q - table.zero) * table.d + table.m;
}
FORETOKEN_INLINE Floats nibble_values(Ints packed, const NibbleTable& table) { return table_values(packed & 15, table); }
/// The same for bits 4 to 7, of lanes that hold a byte: nothing lies above them.
FORETOKEN_INLINE Floats high_nibble_values(Ints packed, const NibbleTable& table) {
  return table_values(packed >> 4, table);
}
FORETOKEN_INLINE NibbleTable nibble_table(Floats d, Floats m, int zero) { return {d, m, zero}; }
#endif

template <Format format>
struct Unpack;

template <>
struct Unpack<Format::F32> {
  FORETOKEN_INLINE void step(const uint8_t* row, int index, Floats* out) {
    const uint8_t* from = row + static_cast<size_t>(index) * 128;
    for (int v = 0; v < kVectors; v++) out[v] = load_as<Floats>(from + v * kLanes * 4);
  }
};

template <>
struct Unpack<Format::F16> {
  FORETOKEN_INLINE void step(const uint8_t* row, int index, Floats* out) {
    const uint8_t* from = row + static_cast<size_t>(index) * 64;
    for (int v = 0; v < kVectors; v++) out[v] = load_halves(from + v * kLanes * 2);
  }
};

template <>
struct Unpack<Format::BF16> {
  FORETOKEN_INLINE void step(const uint8_t* row, int index, Floats* out) {
    const uint8_t* from = row + static_cast<size_t>(index) * 64;
    for (int v = 0; v < kVectors; v++) out[v] = load_bfloats(from + v * kLanes * 2);
  }
};

template <>
struct Unpack<Format::Q8_0> {
  FORETOKEN_INLINE void step(const uint8_t* row, int index, Floats* out) {
    const uint8_t* block = row + static_cast<size_t>(index) * 34;
    const Floats d = load_scale(block);
    for (int v = 0; v < kVectors; v++) out[v] = to_floats(load_signed(block + 2 + v * kLanes)) * d;
  }
};

template <>
struct Unpack<Format::Q4_0> {
  FORETOKEN_INLINE void step(const uint8_t* row, int index, Floats* out) {
    const uint8_t* block = row + static_cast<size_t>(index) * 18;
    const auto table = nibble_table(load_scale(block), Floats{}, 8);
    for (int v = 0; v < kHalf; v++) {
      const Ints packed = load_bytes(block + 2 + v * kLanes);
      out[v] = nibble_values(packed, table);
      out[kHalf + v] = high_nibble_values(packed, table);
    }
  }
};

template <>
struct Unpack<Format::Q4_1> {
  FORETOKEN_INLINE void step(const uint8_t* row, int index, Floats* out) {
    const uint8_t* block = row + static_cast<size_t>(index) * 20;
    Floats d, m;
    load_scales(block, &d, &m);
    const auto table = nibble_table(d, m, 0);
    for (int v = 0; v < kHalf; v++) {
      const Ints packed = load_bytes(block + 4 + v * kLanes);
      out[v] = nibble_values(packed, table);
      out[kHalf + v] = high_nibble_values(packed, table);
    }
  }
};

/// The fifth bits of values `first`... in a 32-bit mask: 16 where set.
FORETOKEN_INLINE Ints fifth_bits(uint32_t mask, int first) {
  Ints bits;
  for (int lane = 0; lane < kLanes; lane++) bits[lane] = static_cast<int32_t>(1u << (first + lane));
  return ((splat_int(static_cast<int32_t>(mask)) & bits) == bits) & 16;
}

template <>
struct Unpack<Format::Q5_0> {
  FORETOKEN_INLINE void step(const uint8_t* row, int index, Floats* out) {
    const uint8_t* block = row + static_cast<size_t>(index) * 22;
    const Floats d = load_scale(block);
    uint32_t mask;
    __builtin_memcpy(&mask, block + 2, 4);
    for (int v = 0; v < kHalf; v++) {
      const Ints packed = load_bytes(block + 6 + v * kLanes);
      out[v] = to_floats(((packed & 15) | fifth_bits(mask, v * kLanes)) - 16) * d;
      out[kHalf + v] = to_floats(((packed >> 4) | fifth_bits(mask, 16 + v * kLanes)) - 16) * d;
    }
  }
};

template <>
struct Unpack<Format::Q5_1> {
  FORETOKEN_INLINE void step(const uint8_t* row, int index, Floats* out) {
    const uint8_t* block = row + static_cast<size_t>(index) * 24;
    Floats d, m;
    load_scales(block, &d, &m);
    uint32_t mask;
    __builtin_memcpy(&mask, block + 4, 4);
    for (int v = 0; v < kHalf; v++) {
      const Ints packed = load_bytes(block + 8 + v * kLanes);
      out[v] = to_floats((packed & 15) | fifth_bits(mask, v * kLanes)) * d + m;
      out[kHalf + v] = to_floats((packed >> 4) | fifth_bits(mask, 16 + v * kLanes)) * d + m;
    }
  }
};

/// What the groups of a block of 256 values are multiplied by, and what is added to them: eight of each for Q4_K and
/// Q5_K, sixteen factors for Q6_K. Getting at these numbers costs as much as a step, so it is done once for eight steps.
struct Groups {
  float values[16];

  const float* factors() const { return values; }
  const float* offsets() const { return values + 8; }
};

/// The bytes of a step, four to a lane: what is the same for all of them costs less before they become 32 integers.
typedef uint32_t Words __attribute__((vector_size(kStep)));

/// factor * integer + offset; each half of a step may have its own.
FORETOKEN_INLINE void scale_step(Words integers, const Floats (&factors)[2], const Floats (&offsets)[2], Floats* out) {
  alignas(kStep) uint8_t bytes[kStep];
  __builtin_memcpy(bytes, &integers, kStep);
  for (int v = 0; v < kVectors; v++) {
    out[v] = to_floats(load_bytes(bytes + v * kLanes)) * factors[v / kHalf] + offsets[v / kHalf];
  }
}

template <Format format>
constexpr bool kGrouped = layout_of(format).values > kStep;

/// Sixteen integers to floats, the first eight times `first`, the others times `second`.
template <Ints (*load_integers)(const uint8_t*)>
FORETOKEN_INLINE void scale_groups(const uint8_t* integers, float first, float second, Groups* groups) {
  for (int i = 0; i < 16; i += kLanes) {
    Ints place;
    for (int lane = 0; lane < kLanes; lane++) place[lane] = i + lane;
    const Floats factor = place < 8 ? splat(first) : splat(second);
    store(groups->values + i, to_floats(load_integers(integers + i)) * factor);
  }
}

/// Factors and offsets from two halves and twelve bytes that pack scales and minimums of six bits (`get_scale_min_k4`).
FORETOKEN_INLINE void load_groups(const uint8_t* block, Groups* groups) {
  uint32_t packed[3];
  __builtin_memcpy(packed, block + 4, 12);
  const uint32_t integers[4] = {
      packed[0] & 0x3f3f3f3f,
      (packed[2] & 0x0f0f0f0f) | ((packed[0] >> 2) & 0x30303030),
      packed[1] & 0x3f3f3f3f,
      ((packed[2] >> 4) & 0x0f0f0f0f) | ((packed[1] >> 2) & 0x30303030),
  };
  scale_groups<load_bytes>(reinterpret_cast<const uint8_t*>(integers), half_to_float(load_u16(block)),
                           -half_to_float(load_u16(block + 2)), groups);
}

template <>
struct Unpack<Format::Q4_K> {
  FORETOKEN_INLINE void groups(const uint8_t* row, int index, Groups* out) {
    load_groups(row + static_cast<size_t>(index >> 3) * 144, out);
  }
  FORETOKEN_INLINE void step(const uint8_t* row, int index, const Groups& groups, Floats* out) {
    const int group = index & 7;
    const int shift = 4 * (group & 1);
    const uint8_t* from = row + static_cast<size_t>(index >> 3) * 144 + 16 + 32 * (group >> 1);
    const auto table = nibble_table(splat(groups.factors()[group]), splat(groups.offsets()[group]), 0);
    for (int v = 0; v < kVectors; v++) out[v] = nibble_values(load_bytes(from + v * kLanes) >> shift, table);
  }
};

template <>
struct Unpack<Format::Q5_K> {
  FORETOKEN_INLINE void groups(const uint8_t* row, int index, Groups* out) {
    load_groups(row + static_cast<size_t>(index >> 3) * 176, out);
  }
  FORETOKEN_INLINE void step(const uint8_t* row, int index, const Groups& groups, Floats* out) {
    const uint8_t* block = row + static_cast<size_t>(index >> 3) * 176;
    const int group = index & 7;
    const int shift = 4 * (group & 1);
    const auto low = load_as<Words>(block + 48 + 32 * (group >> 1)) >> shift & 0x0f0f0f0f;
    const auto fifth = load_as<Words>(block + 16) >> group & 0x01010101;
    const Floats factor = splat(groups.factors()[group]), offset = splat(groups.offsets()[group]);
    scale_step(low | fifth << 4, {factor, factor}, {offset, offset}, out);
  }
};

template <>
struct Unpack<Format::Q6_K> {
  FORETOKEN_INLINE void groups(const uint8_t* row, int index, Groups* out) {
    const uint8_t* block = row + static_cast<size_t>(index >> 3) * 210;
    const float d = half_to_float(load_u16(block + 208));
    scale_groups<load_signed>(block + 192, d, d, out);
  }
  FORETOKEN_INLINE void step(const uint8_t* row, int index, const Groups& groups, Floats* out) {
    const uint8_t* block = row + static_cast<size_t>(index >> 3) * 210;
    const int part = (index >> 2) & 1;
    const int quarter = index & 3;
    const auto low = load_as<Words>(block + 64 * part + 32 * (quarter & 1)) >> (4 * (quarter >> 1)) & 0x0f0f0f0f;
    const auto high = load_as<Words>(block + 128 + 32 * part) >> (2 * quarter) & 0x03030303;
    const float* factors = groups.factors() + 2 * (index & 7);
    const Floats first = splat(factors[0]), second = splat(factors[1]);
    scale_step(low | high << 4, {first, second}, {first * -32.0f, second * -32.0f}, out);
  }
};

/// Steps of a row, one after another from any of them on.
template <Format format>
struct Steps {
  inline __attribute__((always_inline)) void next(const uint8_t* row, int index, bool first, Floats* out) {
    if constexpr (kGrouped<format>) {
      if (first || index % (layout_of(format).values / kStep) == 0) Unpack<format>::groups(row, index, &groups);
      Unpack<format>::step(row, index, groups, out);
    } else {
      Unpack<format>::step(row, index, out);
    }
  }

  Groups groups;
};

}  // namespace foretoken::FORETOKEN_TARGET

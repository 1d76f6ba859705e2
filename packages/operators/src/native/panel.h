// Panels: the blocks of `kPanel` weight rows side by side, so that a vector holds the same columns of several rows. First
// the words of all blocks, [block][word][row], then their halves, [block][half][row]. What words and halves mean is told
// in ggml-quants.c.
#pragma once

#include "dot.h"
#include "formats.h"

namespace foretoken::FORETOKEN_TARGET {

/// Weight rows of a panel.
constexpr int kPanel = kPanelVectors * kLanes;

/// A block's words of one of the vectors of a panel.
struct PackedWords {
  const Words* first;

  FORETOKEN_ALWAYS Words operator[](int word) const { return first[word * kPanelVectors]; }
  FORETOKEN_ALWAYS PackedWords operator+(int words) const { return {first + words * kPanelVectors}; }
};

FORETOKEN_INLINE Floats load_half_lane(const uint16_t* halves) {
  return load_halves(reinterpret_cast<const uint8_t*>(halves));
}

/// A word's four bytes from the low four bits, one bit for each byte: 16 where it is set. For the fifth bits of weights.
FORETOKEN_INLINE Words spread_bits(Words bits) {
#if defined(__AVX512F__)
  const auto set = [](uint32_t n) { return (n & 1) << 4 | (n & 2) << 11 | (n & 4) << 18 | (n & 8) << 25; };
  const Words table = {set(0), set(1), set(2),  set(3),  set(4),  set(5),  set(6),  set(7),
                       set(8), set(9), set(10), set(11), set(12), set(13), set(14), set(15)};
  return reinterpret_cast<Words>(
      _mm512_permutexvar_epi32(reinterpret_cast<__m512i>(bits), reinterpret_cast<__m512i>(table)));
#else
  return ((bits & 15u) * 0x00204081u & 0x01010101u) << 4;
#endif
}

/// What every format's panel has: how a block is laid out, and what its integers mean. A weight is
/// scale * (integer - offset), or scale * integer + minimum.
template <Format format>
struct Panel;

/// Formats of one scale for 32 values, and perhaps a minimum.
template <int halves, int word_at, int words>
struct SmallBlocks {
  static constexpr int kSteps = 1, kUnrolled = 1, kHalves = halves, kWordAt = word_at, kWords = words, kScales = 1;
  static constexpr bool kMinima = halves == 2;

  FORETOKEN_INLINE void scales(PackedWords, const uint16_t* from, Floats* scale, Floats* minimum) {
    scale[0] = load_half_lane(from);
    if (kMinima) minimum[0] = load_half_lane(from + kPanel);
  }

  /// Low four bits of each byte first, then high ones.
  FORETOKEN_INLINE void nibbles(PackedWords packed, Words* out) {
    for (int word = 0; word < 4; word++) {
      out[word] = packed[word] & 0x0f0f0f0fu;
      out[4 + word] = packed[word] >> 4 & 0x0f0f0f0fu;
    }
  }

  FORETOKEN_INLINE void nibbles_and_fifth(PackedWords packed, Words* out) {
    nibbles(packed + 1, out);
    for (int word = 0; word < 8; word++) out[word] |= spread_bits(packed[0] >> 4 * word);
  }
};

template <>
struct Panel<Format::Q8_0> : SmallBlocks<1, 2, 8> {
  static constexpr int kMost = kUnsignedOnly ? 255 : kSignedBytes, kOffset = kUnsignedOnly ? 128 : 0;
  FORETOKEN_INLINE void weights(PackedWords packed, int, Words* out) {
    for (int word = 0; word < 8; word++) out[word] = kUnsignedOnly ? packed[word] ^ 0x80808080u : packed[word];
  }
};

template <>
struct Panel<Format::Q4_0> : SmallBlocks<1, 2, 4> {
  static constexpr int kMost = 15, kOffset = 8;
  FORETOKEN_INLINE void weights(PackedWords packed, int, Words* out) { nibbles(packed, out); }
};

template <>
struct Panel<Format::Q4_1> : SmallBlocks<2, 4, 4> {
  static constexpr int kMost = 15, kOffset = 0;
  FORETOKEN_INLINE void weights(PackedWords packed, int, Words* out) { nibbles(packed, out); }
};

template <>
struct Panel<Format::Q5_0> : SmallBlocks<1, 2, 5> {
  static constexpr int kMost = 31, kOffset = 16;
  FORETOKEN_INLINE void weights(PackedWords packed, int, Words* out) { nibbles_and_fifth(packed, out); }
};

template <>
struct Panel<Format::Q5_1> : SmallBlocks<2, 4, 5> {
  static constexpr int kMost = 31, kOffset = 0;
  FORETOKEN_INLINE void weights(PackedWords packed, int, Words* out) { nibbles_and_fifth(packed, out); }
};

/// Q4_K and Q5_K: eight groups of 32 values; three words pack their scales and minima of six bits.
template <int words>
struct SixBitGroups {
  static constexpr int kSteps = 8, kHalves = 2, kWordAt = 4, kWords = words, kScales = 1, kOffset = 0;
  static constexpr bool kMinima = true;

  FORETOKEN_INLINE void scales(PackedWords packed, const uint16_t* from, Floats* scale, Floats* minimum) {
    const Words integers[4] = {
        packed[0] & 0x3f3f3f3fu,
        (packed[2] & 0x0f0f0f0fu) | (packed[0] >> 2 & 0x30303030u),
        packed[1] & 0x3f3f3f3fu,
        (packed[2] >> 4 & 0x0f0f0f0fu) | (packed[1] >> 2 & 0x30303030u),
    };
    const Floats d = load_half_lane(from), m = -load_half_lane(from + kPanel);
    for (int group = 0; group < 8; group++) {
      const auto byte = [&](Words word) { return to_floats(reinterpret_cast<Ints>(word >> 8 * (group & 3) & 0xffu)); };
      scale[group] = byte(integers[group >> 2]) * d;
      minimum[group] = byte(integers[2 + (group >> 2)]) * m;
    }
  }
};

template <>
struct Panel<Format::Q4_K> : SixBitGroups<35> {
  static constexpr int kUnrolled = 2, kMost = 15;
  FORETOKEN_INLINE void weights(PackedWords packed, int step, Words* out) {
    const PackedWords from = packed + 3 + 8 * (step >> 1);
    for (int word = 0; word < 8; word++) out[word] = from[word] >> 4 * (step & 1) & 0x0f0f0f0fu;
  }
};

template <>
struct Panel<Format::Q5_K> : SixBitGroups<43> {
  static constexpr int kUnrolled = 2, kMost = 31;
  FORETOKEN_INLINE void weights(PackedWords packed, int step, Words* out) {
    const PackedWords from = packed + 11 + 8 * (step >> 1);
    for (int word = 0; word < 8; word++) {
      const Words fifth = (packed[3 + word] >> step & 0x01010101u) << 4;
      out[word] = (from[word] >> 4 * (step & 1) & 0x0f0f0f0fu) | fifth;
    }
  }
};

/// Sixteen groups of 16 values, so two scales a step; low four bits, high two bits, scales of eight bits.
template <>
struct Panel<Format::Q6_K> {
  static constexpr int kSteps = 8, kUnrolled = 4, kHalves = 1, kWordAt = 0, kWords = 52, kScales = 2;
  static constexpr int kMost = 63, kOffset = 32;
  static constexpr bool kMinima = false;

  FORETOKEN_INLINE void scales(PackedWords packed, const uint16_t* from, Floats* scale, Floats*) {
    const Floats d = load_half_lane(from);
    for (int group = 0; group < 16; group++) {
      const Ints word = reinterpret_cast<Ints>(packed[48 + (group >> 2)]);
      scale[group] = to_floats(word << 8 * (3 - (group & 3)) >> 24) * d;
    }
  }

  FORETOKEN_INLINE void weights(PackedWords packed, int step, Words* out) {
    const int part = step >> 2, quarter = step & 3;
    const PackedWords low = packed + 16 * part + 8 * (quarter & 1);
    const PackedWords high = packed + 32 + 8 * part;
    for (int word = 0; word < 8; word++) {
      out[word] = (low[word] >> 4 * (quarter >> 1) & 0x0f0f0f0fu) | (high[word] >> 2 * quarter & 0x03030303u) << 4;
    }
  }
};

template <Format format>
constexpr int kHalfAt = format == Format::Q6_K ? 208 : 0;

/// Four vectors of which each 128-bit lane holds four words of a row, to the four words of four rows.
FORETOKEN_INLINE void transpose_lanes(Words (&rows)[4]) {
#if defined(__AVX512F__)
  const auto join = [](Words a, Words b, bool high) {
    const __m512i p = reinterpret_cast<__m512i>(a), q = reinterpret_cast<__m512i>(b);
    return high ? _mm512_unpackhi_epi32(p, q) : _mm512_unpacklo_epi32(p, q);
  };
  const __m512i a = join(rows[0], rows[1], false), b = join(rows[0], rows[1], true);
  const __m512i c = join(rows[2], rows[3], false), d = join(rows[2], rows[3], true);
  rows[0] = reinterpret_cast<Words>(_mm512_unpacklo_epi64(a, c));
  rows[1] = reinterpret_cast<Words>(_mm512_unpackhi_epi64(a, c));
  rows[2] = reinterpret_cast<Words>(_mm512_unpacklo_epi64(b, d));
  rows[3] = reinterpret_cast<Words>(_mm512_unpackhi_epi64(b, d));
#elif defined(__AVX2__)
  const auto join = [](Words a, Words b, bool high) {
    const __m256i p = reinterpret_cast<__m256i>(a), q = reinterpret_cast<__m256i>(b);
    return high ? _mm256_unpackhi_epi32(p, q) : _mm256_unpacklo_epi32(p, q);
  };
  const __m256i a = join(rows[0], rows[1], false), b = join(rows[0], rows[1], true);
  const __m256i c = join(rows[2], rows[3], false), d = join(rows[2], rows[3], true);
  rows[0] = reinterpret_cast<Words>(_mm256_unpacklo_epi64(a, c));
  rows[1] = reinterpret_cast<Words>(_mm256_unpackhi_epi64(a, c));
  rows[2] = reinterpret_cast<Words>(_mm256_unpacklo_epi64(b, d));
  rows[3] = reinterpret_cast<Words>(_mm256_unpackhi_epi64(b, d));
#else
  const Words a = FORETOKEN_SHUFFLE(rows[0], rows[1], 0, 4, 1, 5), b = FORETOKEN_SHUFFLE(rows[0], rows[1], 2, 6, 3, 7);
  const Words c = FORETOKEN_SHUFFLE(rows[2], rows[3], 0, 4, 1, 5), d = FORETOKEN_SHUFFLE(rows[2], rows[3], 2, 6, 3, 7);
  rows[0] = FORETOKEN_SHUFFLE(a, c, 0, 1, 4, 5);
  rows[1] = FORETOKEN_SHUFFLE(a, c, 2, 3, 6, 7);
  rows[2] = FORETOKEN_SHUFFLE(b, d, 0, 1, 4, 5);
  rows[3] = FORETOKEN_SHUFFLE(b, d, 2, 3, 6, 7);
#endif
}

/// The same four words of rows `row`, `row` + 4, ... in the 128-bit lanes of a vector.
FORETOKEN_INLINE Words gather_lanes(const uint8_t* const* rows, int row, size_t offset) {
#if defined(__AVX512F__)
  const auto quad = [&](int lane) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[row + 4 * lane] + offset)); };
  __m512i all = _mm512_castsi128_si512(quad(0));
  all = _mm512_inserti32x4(all, quad(1), 1);
  all = _mm512_inserti32x4(all, quad(2), 2);
  return reinterpret_cast<Words>(_mm512_inserti32x4(all, quad(3), 3));
#elif defined(__AVX2__)
  const auto quad = [&](int lane) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[row + 4 * lane] + offset)); };
  return reinterpret_cast<Words>(_mm256_inserti128_si256(_mm256_castsi128_si256(quad(0)), quad(1), 1));
#else
  return load_as<Words>(rows[row] + offset);
#endif
}

/// `blocks` blocks of each row, side by side.
template <Format format>
void regroup_rows(const uint8_t* const* rows, int blocks, uint8_t* panel) {
  using Layout = Panel<format>;
  uint8_t* halves = panel + static_cast<size_t>(blocks) * Layout::kWords * kPanel * 4;
  for (int block = 0; block < blocks; block++) {
    const size_t at = static_cast<size_t>(block) * layout_of(format).bytes;
    for (int row = 0; row < kPanel; row++) {
      for (int half = 0; half < Layout::kHalves; half++) {
        __builtin_memcpy(halves + (half * kPanel + row) * 2, rows[row] + at + kHalfAt<format> + 2 * half, 2);
      }
    }
    for (int word = 0; word < Layout::kWords; word += 4) {
      const int first = word + 4 <= Layout::kWords ? word : Layout::kWords - 4;
      const size_t offset = at + Layout::kWordAt + 4 * first;
      for (int vector = 0; vector < kPanelVectors; vector++) {
        Words lanes[4];
        for (int row = 0; row < 4; row++) lanes[row] = gather_lanes(rows, vector * kLanes + row, offset);
        transpose_lanes(lanes);
        for (int i = 0; i < 4; i++) {
          __builtin_memcpy(panel + (static_cast<size_t>(first + i) * kPanel + vector * kLanes) * 4, lanes + i, sizeof lanes[i]);
        }
      }
    }
    panel += Layout::kWords * kPanel * 4;
    halves += Layout::kHalves * kPanel * 2;
  }
}

}  // namespace foretoken::FORETOKEN_TARGET

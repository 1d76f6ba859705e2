// Sums of products of four weights and four activations in each lane, in the instructions of the target. Weights are
// bytes of at most `most`; activations lie in [-127, 127], so every way of adding them up gives the same integer.
#pragma once

#include "vector.h"

#if defined(__SSE2__) && !defined(__AVX2__)
#include <emmintrin.h>
#endif

namespace foretoken::FORETOKEN_TARGET {

/// Four weights of one row in each lane.
typedef uint32_t Words __attribute__((vector_size(kLanes * 4)));

/// Vectors of weight rows that are multiplied side by side. Two share what is loaded of the activations, which processors
/// without 512 bits would otherwise spend most of a product on.
#if defined(__AVX2__) && !defined(__AVX512F__)
constexpr int kPanelVectors = 2;
#else
constexpr int kPanelVectors = 1;
#endif

/// A stored word of four weights, in [-128, 127] each, as `dot` takes it with `most` = kSignedBytes.
constexpr int kSignedBytes = -128;

FORETOKEN_INLINE int32_t load_word(const int8_t* from) {
  int32_t word;
  __builtin_memcpy(&word, from, 4);
  return word;
}

#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)

#if defined(__AVX512VNNI__)
FORETOKEN_INLINE Ints dot_word(Ints sum, Words weight, int32_t x) {
  return reinterpret_cast<Ints>(
      _mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sum), reinterpret_cast<__m512i>(weight), _mm512_set1_epi32(x)));
}
#else
FORETOKEN_INLINE Ints dot_word(Ints sum, Words weight, int32_t x) {
  return reinterpret_cast<Ints>(_mm256_dpbusd_avx_epi32(reinterpret_cast<__m256i>(sum),
                                                        reinterpret_cast<__m256i>(weight), _mm256_set1_epi32(x)));
}
#endif

#elif defined(__AVX2__)

/// Pairs of products, added to 16 bits. `most` * 2 * 127 * words must fit.
FORETOKEN_INLINE __m256i dot_pairs(Words weight, int32_t x, bool is_signed) {
  const __m256i w = reinterpret_cast<__m256i>(weight), a = _mm256_set1_epi32(x);
  return is_signed ? _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(a, w)) : _mm256_maddubs_epi16(w, a);
}

#elif defined(__ARM_FEATURE_DOTPROD)

FORETOKEN_INLINE Ints dot_word(Ints sum, Words weight, int32_t x) {
  return reinterpret_cast<Ints>(vdotq_s32(reinterpret_cast<int32x4_t>(sum), reinterpret_cast<int8x16_t>(weight),
                                          vreinterpretq_s8_s32(vdupq_n_s32(x))));
}

#elif defined(__SSE2__)

FORETOKEN_INLINE Ints dot_word(Ints sum, Words weight, int32_t x) {
  const auto pair = [](int32_t low, int32_t high) {
    return _mm_set1_epi32(static_cast<int32_t>((static_cast<uint32_t>(low) & 0xffffu) | static_cast<uint32_t>(high) << 16));
  };
  const __m128i even = reinterpret_cast<__m128i>(weight & 0x00ff00ffu);
  const __m128i odd = reinterpret_cast<__m128i>(weight >> 8 & 0x00ff00ffu);
  const int32_t a = static_cast<int8_t>(x), b = static_cast<int8_t>(x >> 8), c = static_cast<int8_t>(x >> 16);
  const __m128i sums = _mm_add_epi32(_mm_madd_epi16(even, pair(a, c)), _mm_madd_epi16(odd, pair(b, x >> 24)));
  return sum + reinterpret_cast<Ints>(sums);
}

#else

FORETOKEN_INLINE Ints dot_word(Ints sum, Words weight, int32_t x) {
  for (int byte = 0; byte < 4; byte++) {
    sum += reinterpret_cast<Ints>(weight >> 8 * byte & 0xffu) * static_cast<int8_t>(x >> 8 * byte);
  }
  return sum;
}

#endif

/// Whether bytes of weights count as unsigned: signed ones are then stored with 128 added.
#if defined(__ARM_FEATURE_DOTPROD) || (defined(__AVX2__) && !defined(__AVX512VNNI__) && !defined(__AVXVNNI__))
constexpr bool kUnsignedOnly = false;
#else
constexpr bool kUnsignedOnly = true;
#endif

#if defined(__AVX2__) && !defined(__AVX512VNNI__) && !defined(__AVXVNNI__)
/// Words whose products may be added in 16 bits.
template <int words, int most>
constexpr int kPairedWords = [] {
  constexpr int fit = 32767 / (2 * 127 * (most == kSignedBytes ? 128 : most));
  static_assert(fit >= 1, "a pair of products does not fit 16 bits");
  return fit < words ? fit : words;
}();
#endif

/// Rows of activations whose sums advance together, word by word: each word of a sum waits for the one before it, and
/// the processor looks too few instructions ahead to find other rows by itself.
#if defined(__AVX2__)
constexpr int kInterleaved = 4;
#elif defined(__ARM_FEATURE_DOTPROD)
constexpr int kInterleaved = 2;
#else
constexpr int kInterleaved = 1;
#endif

/// Sums that a row's words are added to in turns, to wait less for one another: integers have the same total.
#if defined(__AVX512VNNI__)
constexpr int kTurns = 2;
#else
constexpr int kTurns = 1;
#endif

/// Sums of one row of activations with the weight rows of a panel.
struct PanelSums {
  Ints of[kPanelVectors];
};

/// Adds to the sums of `rows` rows of activations, `stride` apart, their products with `words` words of weights:
/// `weight(vector, word)`.
template <int rows, int words, int most, class Weight>
FORETOKEN_INLINE void add_dots(PanelSums* sums, const Weight& weight, const int8_t* x, int stride) {
#if defined(__AVX2__) && !defined(__AVX512VNNI__) && !defined(__AVXVNNI__)
  constexpr bool is_signed = most == kSignedBytes;
  constexpr int together = kPairedWords<words, most>;
  each<words / together>([&](auto part) FORETOKEN_ALWAYS {
    __m256i pairs[rows][kPanelVectors];
    each<together>([&](auto member) FORETOKEN_ALWAYS {
      constexpr int word = part * together + member;
      each<rows>([&](auto row) FORETOKEN_ALWAYS {
        const int32_t four = load_word(x + row * stride + 4 * word);
        each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS {
          const __m256i pair = dot_pairs(weight(vector, word), four, is_signed);
          __m256i& sum = pairs[row][vector];
          sum = member == 0 ? pair : _mm256_add_epi16(sum, pair);
          FORETOKEN_KEEP(sum);
        });
      });
    });
    each<rows>([&](auto row) FORETOKEN_ALWAYS {
      each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS {
        sums[row].of[vector] += reinterpret_cast<Ints>(_mm256_madd_epi16(pairs[row][vector], _mm256_set1_epi16(1)));
      });
    });
  });
#else
  PanelSums turns[kTurns][rows] = {};
  each<rows>([&](auto row) FORETOKEN_ALWAYS { turns[0][row] = sums[row]; });
  each<words>([&](auto word) FORETOKEN_ALWAYS {
    each<rows>([&](auto row) FORETOKEN_ALWAYS {
      const int32_t four = load_word(x + row * stride + 4 * word);
      each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS {
        Ints& sum = turns[word % kTurns][row].of[vector];
        sum = dot_word(sum, weight(vector, word), four);
      });
    });
  });
  each<rows>([&](auto row) FORETOKEN_ALWAYS {
    each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS {
      sums[row].of[vector] = turns[0][row].of[vector];
      each<kTurns - 1>([&](auto turn) FORETOKEN_ALWAYS { sums[row].of[vector] += turns[turn + 1][row].of[vector]; });
    });
  });
#endif
}

/// a * b + c with one rounding, also where the target has no instruction for it: integer products have the same bits on all.
FORETOKEN_INLINE Floats multiply_add(Floats a, Floats b, Floats c) {
#if defined(__AVX2__) || defined(__aarch64__)
  return fused(a, b, c);
#else
  for (int lane = 0; lane < kLanes; lane++) c[lane] = __builtin_fmaf(a[lane], b[lane], c[lane]);
  return c;
#endif
}

}  // namespace foretoken::FORETOKEN_TARGET

// Vectors of the instruction set that a file is compiled for. Compiler extensions, so that one source serves all.
// Include only inside files that are compiled once for each target: everything lies in that target's namespace, and
// nothing from the standard library's templates may be used there, since the linker would merge the copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace foretoken::FORETOKEN_TARGET {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

#define FORETOKEN_INLINE static inline __attribute__((always_inline))
#define FORETOKEN_ALWAYS __attribute__((always_inline))

template <int index>
struct Index {
  FORETOKEN_ALWAYS constexpr operator int() const { return index; }
};

template <class Body, int... indices>
FORETOKEN_INLINE void each_of(const Body& body, std::integer_sequence<int, indices...>) {
  (body(Index<indices>{}), ...);
}

/// The body for 0 to count - 1, each a constant: an array that is only indexed by constants lies in registers, where one
/// that a loop goes through, unrolled or not, is also stored to memory.
template <int count, class Body>
FORETOKEN_INLINE void each(const Body& body) {
  each_of(body, std::make_integer_sequence<int, count>{});
}

typedef float Floats __attribute__((vector_size(kLanes * 4)));
typedef int32_t Ints __attribute__((vector_size(kLanes * 4)));
typedef uint8_t Bytes __attribute__((vector_size(kLanes)));
typedef int8_t SignedBytes __attribute__((vector_size(kLanes)));
typedef uint16_t Halves __attribute__((vector_size(kLanes * 2)));

/// Keeps a value in a register. Otherwise GCC loads it again for each use, and loads are what products run out of.
#if defined(__x86_64__)
#define FORETOKEN_KEEP(value) asm("" : "+v"(value))
#elif defined(__aarch64__)
#define FORETOKEN_KEEP(value) asm("" : "+w"(value))
#else
#define FORETOKEN_KEEP(value)
#endif

template <class Vector, class Element>
FORETOKEN_INLINE Vector load_as(const Element* from) {
  Vector vector;
  __builtin_memcpy(&vector, from, sizeof vector);
  return vector;
}

FORETOKEN_INLINE Floats load(const float* from) { return load_as<Floats>(from); }
FORETOKEN_INLINE void store(float* to, Floats value) { __builtin_memcpy(to, &value, sizeof value); }
// Minus zero, not plus: that leaves -0 as it is, so the compiler may drop the subtraction.
FORETOKEN_INLINE Floats splat(float value) { return value - Floats{}; }

/// a * b + c, rounded once where the target can: written out where every instance of a loop must round alike.
FORETOKEN_INLINE Floats fused(Floats a, Floats b, Floats c) {
#if defined(__AVX512F__)
  return reinterpret_cast<Floats>(
      _mm512_fmadd_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
#elif defined(__AVX2__)
  return reinterpret_cast<Floats>(
      _mm256_fmadd_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
#elif defined(__aarch64__)
  return vfmaq_f32(c, a, b);
#else
  return a * b + c;
#endif
}

FORETOKEN_INLINE Ints splat_int(int32_t value) { return Ints{} + value; }
FORETOKEN_INLINE Floats to_floats(Ints value) { return __builtin_convertvector(value, Floats); }

// GCC takes a widening conversion of bytes apart lane by lane, so the instruction is named where there is one.
#if defined(__AVX512F__)
FORETOKEN_INLINE Ints load_bytes(const uint8_t* from) {
  return reinterpret_cast<Ints>(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
FORETOKEN_INLINE Ints load_signed(const uint8_t* from) {
  return reinterpret_cast<Ints>(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
FORETOKEN_INLINE Ints load_words(const uint8_t* from) {
  return reinterpret_cast<Ints>(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
}
#elif defined(__AVX2__)
FORETOKEN_INLINE Ints load_bytes(const uint8_t* from) {
  return reinterpret_cast<Ints>(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}
FORETOKEN_INLINE Ints load_signed(const uint8_t* from) {
  return reinterpret_cast<Ints>(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}
FORETOKEN_INLINE Ints load_words(const uint8_t* from) {
  return reinterpret_cast<Ints>(_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
#elif defined(__aarch64__)
FORETOKEN_INLINE Ints load_bytes(const uint8_t* from) {
  uint32_t bits;
  __builtin_memcpy(&bits, from, 4);
  return reinterpret_cast<Ints>(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(bits)))));
}
FORETOKEN_INLINE Ints load_signed(const uint8_t* from) {
  uint32_t bits;
  __builtin_memcpy(&bits, from, 4);
  return reinterpret_cast<Ints>(vmovl_s16(vget_low_s16(vmovl_s8(vcreate_s8(bits)))));
}
FORETOKEN_INLINE Ints load_words(const uint8_t* from) {
  uint64_t bits;
  __builtin_memcpy(&bits, from, 8);
  return reinterpret_cast<Ints>(vmovl_u16(vcreate_u16(bits)));
}
#else
FORETOKEN_INLINE Ints load_bytes(const uint8_t* from) { return __builtin_convertvector(load_as<Bytes>(from), Ints); }
FORETOKEN_INLINE Ints load_signed(const uint8_t* from) {
  return __builtin_convertvector(load_as<SignedBytes>(from), Ints);
}
FORETOKEN_INLINE Ints load_words(const uint8_t* from) { return __builtin_convertvector(load_as<Halves>(from), Ints); }
#endif

FORETOKEN_INLINE Floats as_floats(Ints bits) { return reinterpret_cast<Floats>(bits); }
FORETOKEN_INLINE Ints as_ints(Floats value) { return reinterpret_cast<Ints>(value); }

FORETOKEN_INLINE uint16_t load_u16(const uint8_t* from) {
  uint16_t bits;
  __builtin_memcpy(&bits, from, 2);
  return bits;
}

/// Half to single precision by its bits: exact for every number, subnormal ones included.
FORETOKEN_INLINE float half_to_float(uint16_t half) {
#if defined(__F16C__)
  return _cvtsh_ss(half);
#else
  // Without a subnormal float on the way, which TensorFlow's threads take for zero.
  const uint32_t exponent = half & 0x7c00u;
  const float subnormal = static_cast<float>(half & 0x3ffu) * 0x1p-24f;
  uint32_t bits = ((half & 0x7fffu) << 13) + (exponent == 0x7c00u ? 2 * (112u << 23) : 112u << 23);
  if (exponent == 0) __builtin_memcpy(&bits, &subnormal, 4);
  bits |= (half & 0x8000u) << 16;
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
#endif
}

/// Single to half precision, to the nearest, to even among two.
FORETOKEN_INLINE uint16_t float_to_half(float value) {
#if defined(__F16C__)
  return _cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT);
#else
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  const uint32_t sign = bits >> 16 & 0x8000u;
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (bits >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);
  float magnitude;
  __builtin_memcpy(&magnitude, &bits, 4);
  // Adding a number whose last bit weighs what the last bit of the half does lets the processor round.
  const uint32_t exponent = bits >> 23 < 113u ? 113u : bits >> 23;
  const uint32_t anchor_bits = (exponent + 13u) << 23;
  float anchor;
  __builtin_memcpy(&anchor, &anchor_bits, 4);
  const float sum = magnitude + anchor;
  uint32_t sum_bits;
  __builtin_memcpy(&sum_bits, &sum, 4);
  return static_cast<uint16_t>(sign | (((exponent - 113u) << 10) + (sum_bits - anchor_bits)));
#endif
}

/// Two half-precision numbers, each in every lane. May read eight bytes.
FORETOKEN_INLINE void load_scales(const uint8_t* from, Floats* first, Floats* second) {
#if defined(__AVX2__)
  const __m128 both = _mm_cvtph_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
#if defined(__AVX512F__)
  *first = reinterpret_cast<Floats>(_mm512_broadcastss_ps(both));
  *second = reinterpret_cast<Floats>(_mm512_broadcastss_ps(_mm_movehdup_ps(both)));
#else
  *first = reinterpret_cast<Floats>(_mm256_broadcastss_ps(both));
  *second = reinterpret_cast<Floats>(_mm256_broadcastss_ps(_mm_movehdup_ps(both)));
#endif
#else
  *first = splat(half_to_float(load_u16(from)));
  *second = splat(half_to_float(load_u16(from + 2)));
#endif
}

FORETOKEN_INLINE Floats load_scale(const uint8_t* from) {
  Floats first, second;
  load_scales(from, &first, &second);
  return first;
}

FORETOKEN_INLINE Floats load_halves(const uint8_t* from) {
#if defined(__AVX512F__)
  return reinterpret_cast<Floats>(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
#elif defined(__F16C__) && defined(__AVX2__)
  return reinterpret_cast<Floats>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
#else
  const Ints half = load_words(from);
  const Ints exponent = half & 0x7c00;
  const Ints normal = ((half & 0x7fff) << 13) + (112 << 23) + ((exponent == 0x7c00) & (112 << 23));
  const Ints subnormal = as_ints(to_floats(half & 0x3ff) * 0x1p-24f);
  const Ints is_subnormal = exponent == 0;
  return as_floats((is_subnormal & subnormal) | (~is_subnormal & normal) | ((half & 0x8000) << 16));
#endif
}

FORETOKEN_INLINE Floats load_bfloats(const uint8_t* from) {
  return as_floats(load_words(from) << 16);
}

typedef float Four __attribute__((vector_size(16)));

// GCC has had one spelling since version 4.7 and the other since 12; Clang has the other only.
#if defined(__clang__)
#define FORETOKEN_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t FourInts __attribute__((vector_size(16)));
#define FORETOKEN_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, FourInts{__VA_ARGS__})
#endif

/// Four lanes whose sum is that of all.
FORETOKEN_INLINE Four fold(Floats value) {
#if defined(__AVX512F__)
  const __m512 whole = reinterpret_cast<__m512>(value);
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(whole), _mm512_extractf32x8_ps(whole, 1));
  return reinterpret_cast<Four>(_mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
#elif defined(__AVX2__)
  const __m256 half = reinterpret_cast<__m256>(value);
  return reinterpret_cast<Four>(_mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
#else
  return value;
#endif
}

FORETOKEN_INLINE float sum(Floats value) {
  const Four four = fold(value);
  const Four two = four + FORETOKEN_SHUFFLE(four, four, 2, 3, 0, 1);
  return two[0] + two[1];
}

#if defined(__AVX512F__)
FORETOKEN_INLINE int32_t add_lanes(Ints value) { return _mm512_reduce_add_epi32(reinterpret_cast<__m512i>(value)); }
FORETOKEN_INLINE int32_t greatest_lane(Ints value) { return _mm512_reduce_max_epi32(reinterpret_cast<__m512i>(value)); }
/// Each lane as a byte; lanes lie in [-128, 127].
FORETOKEN_INLINE void store_bytes(int8_t* to, Ints value) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(reinterpret_cast<__m512i>(value)));
}
#elif defined(__AVX2__)
FORETOKEN_INLINE int32_t add_lanes(Ints value) {
  const __m256i whole = reinterpret_cast<__m256i>(value);
  const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}
FORETOKEN_INLINE int32_t greatest_lane(Ints value) {
  const __m256i whole = reinterpret_cast<__m256i>(value);
  const __m128i four = _mm_max_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  const __m128i two = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  return _mm_cvtsi128_si32(_mm_max_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}
FORETOKEN_INLINE void store_bytes(int8_t* to, Ints value) {
  const __m256i whole = reinterpret_cast<__m256i>(value);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packs_epi16(words, words));
}
#else
FORETOKEN_INLINE int32_t add_lanes(Ints value) { return value[0] + value[1] + value[2] + value[3]; }
FORETOKEN_INLINE int32_t greatest_lane(Ints value) {
  const int32_t even = value[0] > value[2] ? value[0] : value[2], odd = value[1] > value[3] ? value[1] : value[3];
  return even > odd ? even : odd;
}
FORETOKEN_INLINE void store_bytes(int8_t* to, Ints value) {
  const SignedBytes bytes = __builtin_convertvector(value, SignedBytes);
  __builtin_memcpy(to, &bytes, sizeof bytes);
}
#endif

/// The sums of four vectors at once: what they have in common is added in one instruction.
FORETOKEN_INLINE void sum_four(Floats a, Floats b, Floats c, Floats d, float* out) {
#if defined(__AVX512F__)
  const auto join = [](Floats x, Floats y) __attribute__((always_inline)) {
    const __m512 p = reinterpret_cast<__m512>(x), q = reinterpret_cast<__m512>(y);
    return _mm512_add_ps(_mm512_shuffle_f32x4(p, q, 0x44), _mm512_shuffle_f32x4(p, q, 0xee));
  };
  const __m512 ab = join(a, b), cd = join(c, d);
  __m512 all = _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
  all = _mm512_add_ps(all, _mm512_permute_ps(all, 0x4e));
  all = _mm512_add_ps(all, _mm512_permute_ps(all, 0xb1));
  for (int i = 0; i < 4; i++) out[i] = reinterpret_cast<Floats>(all)[4 * i];
#else
  const Four fa = fold(a), fb = fold(b), fc = fold(c), fd = fold(d);
  const Four ab = FORETOKEN_SHUFFLE(fa, fb, 0, 4, 1, 5) + FORETOKEN_SHUFFLE(fa, fb, 2, 6, 3, 7);
  const Four cd = FORETOKEN_SHUFFLE(fc, fd, 0, 4, 1, 5) + FORETOKEN_SHUFFLE(fc, fd, 2, 6, 3, 7);
  const Four all = FORETOKEN_SHUFFLE(ab, cd, 0, 1, 4, 5) + FORETOKEN_SHUFFLE(ab, cd, 2, 3, 6, 7);
  for (int i = 0; i < 4; i++) out[i] = all[i];
#endif
}

FORETOKEN_INLINE Floats maximum(Floats a, Floats b) { return a > b ? a : b; }

/// Whether a comparison holds in any lane.
FORETOKEN_INLINE bool any(Ints holds) {
#if defined(__AVX512F__)
  const __m512i lanes = reinterpret_cast<__m512i>(holds);
  return _mm512_test_epi32_mask(lanes, lanes) != 0;
#elif defined(__AVX2__)
  const __m256i lanes = reinterpret_cast<__m256i>(holds);
  return _mm256_testz_si256(lanes, lanes) == 0;
#else
  int64_t halves[2];
  __builtin_memcpy(halves, &holds, sizeof halves);
  return (halves[0] | halves[1]) != 0;
#endif
}

/// e^x to about one unit in the last place; arguments below -87 give 0. Source: Cephes expf.
FORETOKEN_INLINE Floats exponential(Floats x) {
  const Ints vanishes = x < -87.0f;
  x = x > 88.0f ? splat(88.0f) : x;
  x = vanishes ? splat(0.0f) : x;
  const Floats shifted = x * 1.44269504088896341f + 12582912.0f;
  const Floats n = shifted - 12582912.0f;
  const Floats r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Floats p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const Ints power = (as_ints(shifted) << 23) + (127 << 23);
  return vanishes ? splat(0.0f) : p * as_floats(power);
}

}  // namespace foretoken::FORETOKEN_TARGET

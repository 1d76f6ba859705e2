// Compiled once for each target: -DFORETOKEN_TARGET=avx2 -mavx2 ..., see compile-operators.ts.
#include "kernels.h"

#include "attend.h"
#include "product.h"

namespace foretoken::FORETOKEN_TARGET {
namespace {

float sum_of_squares(const float* x, int count) {
  Floats sums[2] = {};
  int i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const Floats a = load(x + i), b = load(x + i + kLanes);
    sums[0] += a * a;
    sums[1] += b * b;
  }
  float total = sum(sums[0] + sums[1]);
  for (; i < count; i++) total += x[i] * x[i];
  return total;
}

void scale(const float* x, float factor, const float* weight, int count, float* out) {
  if (weight == nullptr) {
    for (int i = 0; i < count; i++) out[i] = x[i] * factor;
  } else {
    for (int i = 0; i < count; i++) out[i] = x[i] * factor * weight[i];
  }
}

FORETOKEN_INLINE Floats silu_times(Floats gate, Floats up) { return gate / (exponential(-gate) + 1.0f) * up; }

/// 0.5 x (1 + tanh(u)) = x / (1 + e^(-2u)), with u = sqrt(2 / pi) (x + 0.044715 x^3).
FORETOKEN_INLINE Floats gelu_times(Floats gate, Floats up) {
  const Floats minus_twice = gate * (gate * gate * -0.0713548163f + -1.5957691216f);
  return gate / (exponential(minus_twice) + 1.0f) * up;
}

template <Floats (*activated)(Floats, Floats)>
FORETOKEN_INLINE void gate_with(float* gate, const float* up, int count) {
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) store(gate + i, activated(load(gate + i), load(up + i)));
  if (i == count) return;
  float rest[2][kLanes] = {};
  __builtin_memcpy(rest[0], gate + i, (count - i) * 4);
  __builtin_memcpy(rest[1], up + i, (count - i) * 4);
  store(rest[0], activated(load(rest[0]), load(rest[1])));
  __builtin_memcpy(gate + i, rest[0], (count - i) * 4);
}

void gate(Activation activation, float* gate, const float* up, int count) {
  if (activation == Activation::Gelu) gate_with<gelu_times>(gate, up, count);
  else gate_with<silu_times>(gate, up, count);
}

void add(float* out, const float* x, int count) {
  for (int i = 0; i < count; i++) out[i] += x[i];
}

void widen(const uint16_t* x, size_t count, float* out) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(out + i, load_halves(reinterpret_cast<const uint8_t*>(x + i)));
  for (; i < count; i++) out[i] = half_to_float(x[i]);
}

void narrow(const float* x, int count, uint16_t* out) {
  for (int i = 0; i < count; i++) out[i] = float_to_half(x[i]);
}

int best(const float* x, int count) {
  Floats high = splat(x[0]);
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) high = maximum(load(x + i), high);
  float most = x[0];
  for (int lane = 0; lane < kLanes; lane++) most = high[lane] > most ? high[lane] : most;
  for (; i < count; i++) most = x[i] > most ? x[i] : most;
  for (int index = 0; index < count; index++) {
    if (x[index] == most) return index;
  }
  return 0;
}

/// Vectors that are compared before one branch: a branch for each would take longer than the comparison.
constexpr int kCompared = 8;

int first_above(const float* x, int count, float bound) {
  const Floats bounds = splat(bound);
  int i = 0;
  for (; i + kCompared * kLanes <= count; i += kCompared * kLanes) {
    Ints above = {};
    for (int v = 0; v < kCompared; v++) above |= load(x + i + v * kLanes) > bounds;
    if (any(above)) break;
  }
  while (i + kLanes <= count && !any(load(x + i) > bounds)) i += kLanes;
  while (i < count && !(x[i] > bound)) i++;
  return i;
}

}  // namespace

extern const Kernels table;
const Kernels table = {product,
                       unpack,
                       sum_of_squares,
                       scale,
                       gate,
                       add,
                       widen,
                       narrow,
                       scores,
                       highest,
                       exponentials,
                       weighted,
                       join,
                       best,
                       first_above};

}  // namespace foretoken::FORETOKEN_TARGET

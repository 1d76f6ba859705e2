// Compiled once for each target, like kernels.cc, but with multiply-add only where it is written: see integerFlags in
// compile-operators.ts.
#include "integer-kernels.h"

#include "kernels.h"
#include "panel.h"

namespace foretoken::FORETOKEN_TARGET {
namespace {

/// Below this, values count as zero: their scale would be no normal float.
constexpr float kLeast = 0x1p-100f;
constexpr float kGreatest = 0x1.fffffep127f;

FORETOKEN_INLINE void round_step(const float* values, int rows, int row, uint8_t* step, float* rest) {
  Ints highest = {};
  for (int i = 0; i < kStep; i += kLanes) {
    const Ints magnitude = as_ints(load(values + i)) & 0x7fffffff;
    highest = magnitude > highest ? magnitude : highest;
  }
  // Compared as integers, so that NaN is above all.
  const int32_t bits = greatest_lane(highest);
  float most;
  __builtin_memcpy(&most, &bits, 4);
  // What is infinite or no number makes the whole product no number: 0 * infinity.
  const float inverse = most >= kLeast && most <= kGreatest ? 127.0f / most : 0.0f;
  const float scale = most < kLeast ? 0.0f : most / 127.0f;
  // Adding a number whose last bit weighs one lets the processor round, to even among two.
  constexpr float anchor = 12582912.0f;
  int8_t* integers = reinterpret_cast<int8_t*>(step) + static_cast<size_t>(row) * kStep;
  Ints sums[2] = {};
  for (int i = 0; i < kStep; i += kLanes) {
    Ints rounded = {};
    if (inverse != 0.0f) rounded = as_ints(load(values + i) * inverse + anchor) - as_ints(splat(anchor));
    store_bytes(integers + i, rounded);
    sums[i >= kStep / 2] += rounded;
    if (rest != nullptr) store(rest + i, load(values + i) - to_floats(rounded) * splat(scale));
  }
  uint8_t* numbers = step + static_cast<size_t>(rows) * kStep;
  const auto put = [&](int index, const void* value) { __builtin_memcpy(numbers + (index * rows + row) * 4, value, 4); };
  const int32_t first = add_lanes(sums[0]), second = add_lanes(sums[1]);
  const int32_t minus[3] = {-(first + second), -first, -second};
  const float scaled = scale * static_cast<float>(-minus[0]);
  put(0, &scale);
  put(1, &scaled);
  for (int i = 0; i < 3; i++) put(2 + i, minus + i);
}

void round(const float* x, int count, int rows, int row, uint8_t* steps, float* rest) {
  for (int i = 0; i < count; i += kStep) {
    round_step(x + i, rows, row, steps + i / kStep * step_bytes(rows), rest == nullptr ? nullptr : rest + i);
  }
}

void regroup(Format format, const uint8_t* weight, size_t row_bytes, int rows, int blocks, uint8_t* panel) {
  const uint8_t* starts[kPanel];
  for (int row = 0; row < kPanel; row++) starts[row] = weight + static_cast<size_t>(row < rows ? row : rows - 1) * row_bytes;
  switch (format) {
    case Format::Q8_0: return regroup_rows<Format::Q8_0>(starts, blocks, panel);
    case Format::Q4_0: return regroup_rows<Format::Q4_0>(starts, blocks, panel);
    case Format::Q4_1: return regroup_rows<Format::Q4_1>(starts, blocks, panel);
    case Format::Q5_0: return regroup_rows<Format::Q5_0>(starts, blocks, panel);
    case Format::Q5_1: return regroup_rows<Format::Q5_1>(starts, blocks, panel);
    case Format::Q4_K: return regroup_rows<Format::Q4_K>(starts, blocks, panel);
    case Format::Q5_K: return regroup_rows<Format::Q5_K>(starts, blocks, panel);
    case Format::Q6_K: return regroup_rows<Format::Q6_K>(starts, blocks, panel);
    default: return;
  }
}

FORETOKEN_INLINE Floats splat_from(const uint8_t* from) {
  float value;
  __builtin_memcpy(&value, from, 4);
  return splat(value);
}

FORETOKEN_INLINE Ints offset_from(const uint8_t* from, int offset) {
  int32_t minus;
  __builtin_memcpy(&minus, from, 4);
  return splat_int(minus) * offset;
}

constexpr int kLine = 64;

/// Parts of a strip that are fetched in turns. A processor by itself fetches what follows, but no further than some lines
/// and the end of a page: in several places it has more on the way.
constexpr int kParts = 3;

/// Fetches what is ahead to the second-level cache, some lines with each step.
class Fetcher {
 public:
  inline __attribute__((always_inline)) Fetcher(const Ahead& ahead, int steps)
      : line_(ahead.weight), end_(ahead.weight + ahead.bytes), row_bytes_(ahead.row_bytes), bytes_(ahead.bytes),
        rows_(ahead.rows) {
    each<kParts>([&](auto part) FORETOKEN_ALWAYS { parts_[part] = line_ + bytes_ * part / kParts / kLine * kLine; });
    const int lines = rows_ * static_cast<int>((bytes_ + kLine - 1) / kLine);
    lines_per_step_ = (lines + steps - 1) / steps;
  }

  /// `panel_bytes`: of the panel in a step. A strip ahead is nearly always of the same format, and lines whose number is
  /// known need no loop, which took up to a quarter of the time of a product with one row.
  template <int panel_bytes>
  inline __attribute__((always_inline)) void step() {
    if (rows_ == 1) {
      constexpr int lines = (panel_bytes + kLine - 1) / kLine;
      const uint8_t* part = parts_[0];
      each<lines>([&](auto line) FORETOKEN_ALWAYS { __builtin_prefetch(part + line * kLine, 0, 2); });
      each<kParts - 1>([&](auto next) FORETOKEN_ALWAYS { parts_[next] = parts_[next + 1]; });
      parts_[kParts - 1] = part + panel_bytes;
      return;
    }
    for (int i = 0; i < lines_per_step_ && rows_ > 0; i++) {
      __builtin_prefetch(line_, 0, 2);
      line_ += kLine;
      if (line_ < end_) continue;
      line_ = end_ - bytes_ + row_bytes_;
      end_ = line_ + bytes_;
      rows_--;
    }
  }

 private:
  const uint8_t* parts_[kParts];
  const uint8_t *line_, *end_;
  size_t row_bytes_, bytes_;
  int rows_, lines_per_step_;
};

/// How far before its use a weight is brought from the second-level cache to the first; 0 where that was not measured. A
/// product that waits for the second level soon holds as many instructions as the processor can put off, and then asks
/// for nothing from memory.
#if defined(__AVX512VNNI__)
constexpr size_t kNear = 4608;
#else
constexpr size_t kNear = 0;
#endif

/// Fetches the lines of a step that begins at `at`, if that is before `end`. Addresses as integers: a pointer must not go
/// beyond what it points into.
template <int step_bytes>
FORETOKEN_INLINE void fetch_near(uintptr_t at, uintptr_t end) {
  if (kNear == 0 || at >= end) return;
  constexpr int lines = (step_bytes + kLine - 1) / kLine;
  each<lines>([&](auto line) FORETOKEN_ALWAYS { __builtin_prefetch(reinterpret_cast<const void*>(at + line * kLine)); });
}

/// Numbers of rows, of eight, that have a function of their own; the others share one, `fixed` 0. Sanitizers take minutes
/// to compile all.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_function(int rows) { return rows == 2; }
#elif defined(__AVX2__) || defined(__ARM_FEATURE_DOTPROD)
constexpr bool has_function(int) { return true; }
#else
constexpr bool has_function(int) { return false; }
#endif

/// What the rows of activations of a step are multiplied by.
template <class Layout>
struct StepOfWeights {
  Words words[8];
  Floats scales[Layout::kScales];
  Floats minimum;
};

/// Results of one row of activations.
struct PanelFloats {
  Floats of[kPanelVectors];
};

/// Adds the step's products with `count` rows of activations from row `from` to their sums.
template <class Layout, int count>
FORETOKEN_INLINE void add_products(const StepOfWeights<Layout>* weight, const uint8_t* step, int rows, int from,
                                   PanelFloats* sums) {
  const uint8_t* numbers = step + rows * kStep;
  const auto number = [&](int which, int m) FORETOKEN_ALWAYS { return numbers + (which * rows + from + m) * 4; };
  PanelSums products[Layout::kScales][count] = {};
  if constexpr (Layout::kOffset != 0) {
    each<count>([&](auto m) FORETOKEN_ALWAYS {
      each<Layout::kScales>([&](auto part) FORETOKEN_ALWAYS {
        const Ints offset = offset_from(number(Layout::kScales == 2 ? 3 + part : 2, m), Layout::kOffset);
        each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS { products[part][m].of[vector] = offset; });
      });
    });
  }
  const int8_t* x = reinterpret_cast<const int8_t*>(step) + from * kStep;
  each<Layout::kScales>([&](auto part) FORETOKEN_ALWAYS {
    constexpr int words = 8 / Layout::kScales;
    const auto words_of = [&](int vector, int word) FORETOKEN_ALWAYS { return weight[vector].words[part * words + word]; };
    add_dots<count, words, Layout::kMost>(products[part], words_of, x + part * words * 4, kStep);
  });
  each<count>([&](auto m) FORETOKEN_ALWAYS {
    const Floats scale = splat_from(number(0, m));
    each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS {
      const StepOfWeights<Layout>& of = weight[vector];
      Floats& sum = sums[from + m].of[vector];
      if constexpr (Layout::kScales == 2) {
        const Floats first = to_floats(products[0][m].of[vector]) * of.scales[0];
        sum = multiply_add(multiply_add(to_floats(products[1][m].of[vector]), of.scales[1], first), scale, sum);
      } else {
        sum = multiply_add(to_floats(products[0][m].of[vector]) * scale, of.scales[0], sum);
        if (Layout::kMinima) sum = multiply_add(of.minimum, splat_from(number(1, m)), sum);
      }
    });
  });
}

template <Format format, int fixed>
void product_rows(const uint8_t* panel, int blocks, const uint8_t* step, int count, bool first, float* y,
                  size_t stride, const Ahead& ahead) {
  using Layout = Panel<format>;
  const int rows = fixed > 0 ? fixed : count;
  // Of more rows, the code for the steps of a block would not fit where the processor keeps decoded instructions.
  constexpr int unrolled = kPanelVectors > 1 && fixed * Layout::kUnrolled > 8 ? 1 : Layout::kUnrolled;
  // Two sums for each vector and row leave registers for two rows.
  constexpr int interleaved = kPanelVectors * Layout::kScales > 2 ? 2 : kInterleaved;
  constexpr int panel_bytes = (Layout::kWords * 4 + Layout::kHalves * 2) * kPanel;
  PanelFloats sums[fixed > 0 ? fixed : kLargestTile];
  const auto each_sum = [&](const auto& body) FORETOKEN_ALWAYS {
    const auto of_row = [&](auto m) FORETOKEN_ALWAYS {
      each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS { body(sums[m].of[vector], y + m * stride + vector * kLanes); });
    };
    if constexpr (fixed > 0) {
      each<fixed>(of_row);
    } else {
      for (int m = 0; m < rows; m++) of_row(m);
    }
  };
  each_sum([&](Floats& sum, const float* from) FORETOKEN_ALWAYS { sum = first ? Floats{} : load(from); });
  Fetcher fetcher(ahead, blocks * Layout::kSteps);
  uintptr_t near = reinterpret_cast<uintptr_t>(panel) + kNear;
  const uintptr_t near_end = reinterpret_cast<uintptr_t>(panel) + ahead.near;
  const Words* words = reinterpret_cast<const Words*>(panel);
  const auto* halves = reinterpret_cast<const uint16_t*>(words + static_cast<size_t>(blocks) * Layout::kWords * kPanelVectors);
  for (int block = 0; block < blocks; block++) {
    Floats scales[kPanelVectors][Layout::kSteps * Layout::kScales], minima[kPanelVectors][Layout::kSteps];
    each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS {
      Layout::scales(PackedWords{words + vector}, halves + vector * kLanes, scales[vector], minima[vector]);
    });
    for (int group = 0; group < Layout::kSteps; group += unrolled) {
      each<unrolled>([&](auto member) FORETOKEN_ALWAYS {
        const int index = group + member;
        fetcher.template step<panel_bytes / Layout::kSteps>();
        fetch_near<panel_bytes / Layout::kSteps>(near, near_end);
        near += panel_bytes / Layout::kSteps;
        StepOfWeights<Layout> weight[kPanelVectors];
        each<kPanelVectors>([&](auto vector) FORETOKEN_ALWAYS {
          StepOfWeights<Layout>& of = weight[vector];
          Layout::weights(PackedWords{words + vector}, index, of.words);
          // Two vectors of words are more than the registers hold.
          if (kPanelVectors == 1) each<8>([&](auto word) FORETOKEN_ALWAYS { FORETOKEN_KEEP(of.words[word]); });
          each<Layout::kScales>([&](auto part) FORETOKEN_ALWAYS {
            of.scales[part] = scales[vector][Layout::kScales * index + part];
          });
          if (Layout::kMinima) of.minimum = minima[vector][index];
        });
        if constexpr (fixed > 0) {
          each<(fixed + interleaved - 1) / interleaved>([&](auto part) FORETOKEN_ALWAYS {
            constexpr int from = part * interleaved, left = fixed - from;
            add_products<Layout, left < interleaved ? left : interleaved>(weight, step, rows, from, sums);
          });
        } else {
          for (int m = 0; m < rows; m++) add_products<Layout, 1>(weight, step, rows, m, sums);
        }
        step += step_bytes(rows);
      });
    }
    words += Layout::kWords * kPanelVectors;
    halves += Layout::kHalves * kPanel;
  }
  each_sum([&](const Floats& sum, float* to) FORETOKEN_ALWAYS { store(to, sum); });
}

template <Format format>
void product_format(const uint8_t* panel, int blocks, const uint8_t* steps, int rows, bool first, float* y,
                    size_t stride, const Ahead& ahead) {
#define FORETOKEN_ROWS(count)                                                                                      \
  case count:                                                                                                      \
    return product_rows<format, has_function(count) ? count : 0>(panel, blocks, steps, rows, first, y, stride, ahead)
  switch (rows) {
    FORETOKEN_ROWS(1);
    FORETOKEN_ROWS(2);
    FORETOKEN_ROWS(3);
    FORETOKEN_ROWS(4);
    FORETOKEN_ROWS(5);
    FORETOKEN_ROWS(6);
    FORETOKEN_ROWS(7);
    FORETOKEN_ROWS(8);
  }
#undef FORETOKEN_ROWS
}

void product(Format format, const uint8_t* panel, int blocks, const uint8_t* steps, int rows, bool first, float* y,
             size_t stride, const Ahead& ahead) {
  switch (format) {
    case Format::Q8_0: return product_format<Format::Q8_0>(panel, blocks, steps, rows, first, y, stride, ahead);
    case Format::Q4_0: return product_format<Format::Q4_0>(panel, blocks, steps, rows, first, y, stride, ahead);
    case Format::Q4_1: return product_format<Format::Q4_1>(panel, blocks, steps, rows, first, y, stride, ahead);
    case Format::Q5_0: return product_format<Format::Q5_0>(panel, blocks, steps, rows, first, y, stride, ahead);
    case Format::Q5_1: return product_format<Format::Q5_1>(panel, blocks, steps, rows, first, y, stride, ahead);
    case Format::Q4_K: return product_format<Format::Q4_K>(panel, blocks, steps, rows, first, y, stride, ahead);
    case Format::Q5_K: return product_format<Format::Q5_K>(panel, blocks, steps, rows, first, y, stride, ahead);
    case Format::Q6_K: return product_format<Format::Q6_K>(panel, blocks, steps, rows, first, y, stride, ahead);
    default: return;
  }
}

}  // namespace

extern const IntegerKernels integer_table;
const IntegerKernels integer_table = {kPanel, round, regroup, product};

}  // namespace foretoken::FORETOKEN_TARGET

// What the checks of CUDA kernels share: launches on the host, weights as they are on the device, rounded rows.
#pragma once

#include <string>

#include "../cuda/host/launch.h"
#include "../cuda/kernels/tile-layout.h"
#include "../cuda/product-shapes.h"
#include "../cuda/regroup.h"
#include "check.h"
#include "plain-weights.h"
#include "random-weights.h"

namespace foretoken::cuda {

/// Runs a kernel to its end; false where there is none of this name and size.
inline bool (*run_kernel)(const char* name, Grid grid, int block, const void* arguments, size_t size) = nullptr;

/// How far a sum may be off, relative to the sizes of its terms: less than what tensor cores add with.
inline double sum_tolerance = 2e-6;

template <class Arguments>
void launch(const std::string& name, Grid grid, int block, const Arguments& arguments) {
  if (run_kernel(name.c_str(), grid, block, &arguments, sizeof arguments)) return;
  stop("no kernel " + name + " that takes " + std::to_string(sizeof arguments) + " bytes");
}

inline unsigned parts_of(int whole, int part) { return static_cast<unsigned>((whole + part - 1) / part); }

/// A part of a matrix as the device has it.
struct UploadedPart {
  RegroupedPart plan;
  std::vector<uint8_t> bytes;
};

inline std::vector<UploadedPart> uploaded_parts(const Matrix& matrix, bool gated) {
  std::vector<UploadedPart> parts;
  for (RegroupedPart& plan : regroup_plan(matrix, gated)) {
    std::vector<uint8_t> bytes(plan.bytes());
    // In two pieces, as threads may.
    const int half = plan.tiles / 2;
    regroup_tiles(matrix, plan, half, plan.tiles - half, bytes.data() + plan.tile_bytes * static_cast<size_t>(half));
    regroup_tiles(matrix, plan, 0, half, bytes.data());
    parts.push_back({std::move(plan), std::move(bytes)});
  }
  return parts;
}

/// Rows as products take them.
struct RoundedRows {
  int columns;
  std::vector<uint16_t> halves;
  std::vector<float> scales;

  size_t padded() const { return static_cast<size_t>(tiles_across(columns)) * kTileColumns; }
  double value(int row, int column) const {
    const uint16_t half = halves[static_cast<size_t>(row) * padded() + static_cast<size_t>(packed_place(column))];
    return plain_half(reinterpret_cast<const uint8_t*>(&half)) * scales[static_cast<size_t>(row)];
  }
};

inline RoundedRows rounded_rows(const std::vector<float>& input, int n, int columns, const Vector* norm = nullptr) {
  RoundedRows rows{columns, {}, std::vector<float>(static_cast<size_t>(n))};
  rows.halves.assign(static_cast<size_t>(n) * rows.padded(), 0xffff);
  RoundArguments arguments{};
  arguments.input = input.data();
  arguments.norm = norm == nullptr ? nullptr : norm->values.data();
  arguments.epsilon = norm == nullptr ? 0 : norm->epsilon;
  arguments.halves = rows.halves.data();
  arguments.scales = rows.scales.data();
  arguments.columns = columns;
  launch("round_rows", {static_cast<unsigned>(n)}, kRowThreads, arguments);
  return rows;
}

/// What a product leaves of each row tile, [n][tiles].
struct TileBest {
  int tiles;
  std::vector<uint64_t> keys;
  std::vector<float> sums;

  TileBest(const std::vector<UploadedPart>& parts, int n) : tiles(0) {
    for (const UploadedPart& part : parts) tiles += part.plan.tiles;
    keys.assign(static_cast<size_t>(n) * tiles, 0);
    sums.assign(keys.size(), NAN);
  }
};

struct ProductOptions {
  /// What follows where gate and up lie in the same tiles.
  Activation activation = Activation::Silu;
  const float* bias = nullptr;
  const float* residual = nullptr;
  TileBest* best = nullptr;
  const int* going = nullptr;
};

inline int gate_of(Activation activation) { return activation == Activation::Gelu ? kGelu : kSilu; }

/// All parts of a matrix; `output` may be null.
inline void product(const ProductShape& shape, const std::vector<UploadedPart>& parts, const RoundedRows& x, int first_row,
                    int n, const ProductOptions& options, int width, float* output) {
  const size_t first = static_cast<size_t>(first_row);
  ProductArguments arguments{};
  arguments.halves = x.halves.data() + first * x.padded();
  arguments.scales = x.scales.data() + first;
  arguments.bias = options.bias;
  arguments.residual = options.residual == nullptr ? nullptr : options.residual + first * width;
  arguments.output = output == nullptr ? nullptr : output + first * width;
  arguments.going = options.going;
  arguments.n = n;
  arguments.columns = x.columns;
  arguments.stride = width;
  if (options.best != nullptr) {
    arguments.tiles = options.best->tiles;
    arguments.tile_best = reinterpret_cast<unsigned long long*>(options.best->keys.data()) + first * options.best->tiles;
    arguments.tile_sums = options.best->sums.data() + first * options.best->tiles;
  }
  for (const UploadedPart& part : parts) {
    const Grid grid{parts_of(part.plan.tiles, shape.tiles), parts_of(n, shape.rows)};
    arguments.weight = part.bytes.data();
    arguments.first = part.plan.first;
    arguments.rows = part.plan.rows;
    arguments.gated = part.plan.gated ? gate_of(options.activation) : kNotGated;
    launch("product_" + kernel_format(part.plan.format) + "_" + shape.name, grid, shape.threads, arguments);
    arguments.first_tile += part.plan.tiles;
  }
}

}  // namespace foretoken::cuda

// x times a weight, on tensor cores for any number of rows: the weight is the operand of 16 rows, activations that of 8
// columns. An instruction's result for a row of activations depends on no other row, and pieces of the columns are summed
// in one order by every kernel here, so a row has the same bits however many are computed with it.
#pragma once

#include "choose.h"
#include "rows.h"
#include "weight-tile.h"

namespace foretoken::cuda {

/// The halves of a row that a lane multiplies a tile by.
struct Columns {
  uint4 first, last;

  __device__ __forceinline__ void load(const uint4* from) {
    first = from[0];
    last = from[1];
  }
  __device__ __forceinline__ void clear() { first = last = make_uint4(0, 0, 0, 0); }
  __device__ __forceinline__ uint32_t low(int step) const {
    return step == 0 ? first.x : step == 1 ? first.z : step == 2 ? last.x : last.z;
  }
  __device__ __forceinline__ uint32_t high(int step) const {
    return step == 0 ? first.y : step == 1 ? first.w : step == 2 ? last.y : last.w;
  }
};

/// sums += weight * columns, for each set of 8 activations. `columns(j)` gives the j-th.
template <class Format, int Sets, class Source>
__device__ __forceinline__ void multiply_tile(const WeightTile<Format>& weight, const Source& columns,
                                              float (&sums)[Sets][4]) {
  constexpr TileLayout layout = Format::layout;
  constexpr int kSteps = layout.scales == Scales::block16 ? 1 : 2;
#pragma unroll
  for (int group = 0; group < 4 / kSteps; group++) {
    uint32_t a[kSteps][4];
#pragma unroll
    for (int i = 0; i < kSteps; i++) weight.operand(group * kSteps + i, a[i]);
#pragma unroll
    for (int j = 0; j < Sets; j++) {
      const Columns& x = columns(j);
      const auto multiply = [&](float(&products)[4], int i, const uint32_t(&operand)[4]) {
        multiply_add(products, operand, x.low(group * kSteps + i), x.high(group * kSteps + i));
      };
      if constexpr (layout.scales == Scales::row) {
#pragma unroll
        for (int i = 0; i < kSteps; i++) multiply(sums[j], i, a[i]);
      } else {
        float products[4] = {};
#pragma unroll
        for (int i = 0; i < kSteps; i++) multiply(products, i, a[i]);
#pragma unroll
        for (int c = 0; c < 4; c++) sums[j][c] = fmaf(products[c], weight.factor(group, c / 2), sums[j][c]);
      }
      if constexpr (has_offsets(layout)) {
        // Sixteen rows of ones: the sums of the activations, where the lane needs them.
        const uint32_t ones[4] = {0x3c003c00, 0x3c003c00, 0x3c003c00, 0x3c003c00};
        float totals[4] = {};
#pragma unroll
        for (int i = 0; i < kSteps; i++) multiply(totals, i, ones);
#pragma unroll
        for (int c = 0; c < 4; c++) sums[j][c] = fmaf(totals[c], weight.offset(group, c / 2), sums[j][c]);
      }
    }
  }
}

/// Bias and residual, then the value is stored.
__device__ __forceinline__ float put(const ProductArguments& a, int row, int place, float value) {
  const size_t at = static_cast<size_t>(row) * a.stride + a.first + place;
  if (a.bias != nullptr) value += a.bias[a.first + place];
  if (a.residual != nullptr) value += a.residual[at];
  if (a.output != nullptr) a.output[at] = value;
  return value;
}

/// Two values of each of the 8 lanes that have those of a row in a tile; -1 for a place of no value.
__device__ __forceinline__ void best_of_tile(const ProductArguments& a, int row, int tile, const int (&places)[2],
                                             const float (&values)[2]) {
  uint64_t key = 0;
  for (int i = 0; i < 2; i++) {
    if (places[i] >= 0) key = higher(key, key_of(values[i], a.first + places[i]));
  }
  for (int mask = 4; mask < 32; mask *= 2) key = higher(key, __shfl_xor_sync(kWarp, key, mask));
  const float most = value_of(key);
  float sum = 0.0f;
  for (int i = 0; i < 2; i++) {
    if (places[i] >= 0) sum += share_of(values[i], most);
  }
  for (int mask = 4; mask < 32; mask *= 2) sum += __shfl_xor_sync(kWarp, sum, mask);
  if (threadIdx.x % 32 >= 4 || row >= a.n) return;
  const size_t at = static_cast<size_t>(row) * a.tiles + a.first_tile + tile;
  a.tile_best[at] = key;
  a.tile_sums[at] = sum;
}

/// What follows a product: scales, gate or bias and residual, and the choice. `lower` is row g of the row tile, `upper` row
/// g + 8. For whole warps.
template <class Format>
__device__ __forceinline__ void finish(const ProductArguments& a, const unsigned char* row_tile, int tile, int row,
                                       float lower, float upper) {
  const int g = threadIdx.x % 32 / 4;
  const float scale = row < a.n ? a.scales[row] : 0.0f;
  lower *= scale;
  upper *= scale;
  if constexpr (Format::layout.scales == Scales::row) {
    const float* rows = reinterpret_cast<const float*>(row_tile + rows_at(Format::layout, tiles_across(a.columns)));
    lower *= rows[g];
    upper *= rows[g + 8];
  }
  if (a.gated != kNotGated) {
    if (row < a.n && tile * 8 + g < a.rows) put(a, row, tile * 8 + g, gated(a.gated, lower, upper));
    return;
  }
  float values[2] = {lower, upper};
  int places[2];
  for (int i = 0; i < 2; i++) {
    const int place = tile * kTileRows + 8 * i + g;
    places[i] = row < a.n && place < a.rows ? place : -1;
    if (places[i] >= 0) values[i] = put(a, row, place, values[i]);
  }
  if (a.tile_best != nullptr) best_of_tile(a, row, tile, places, values);
}

/// Row tiles of a part: `rows` are results, two stored rows for each where they are gated.
__device__ __forceinline__ int tiles_down(const ProductArguments& a) {
  const int of_tile = a.gated != kNotGated ? kTileRows / 2 : kTileRows;
  return (a.rows + of_tile - 1) / of_tile;
}

__device__ __forceinline__ bool is_over(const ProductArguments& a) { return a.going != nullptr && *a.going == 0; }

/// A warp for each piece of the columns: `Tall` row tiles by `Sets` times 8 activations a block.
template <class Format, int Tall, int Sets>
__device__ __forceinline__ void few_rows(const ProductArguments& a) {
  /// Tiles of weights in registers: while one is multiplied, the next is on its way. Activations come from nearer memory.
  constexpr int kAhead = 2;
  __shared__ float4 pieces[kPieces][Tall][Sets][32];
  if (is_over(a)) return;
  const int piece = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int across = tiles_across(a.columns), down = tiles_down(a);
  const size_t tile_bytes = row_tile_bytes(Format::layout, across);
  const int first_row = blockIdx.y * Sets * 8, first_down = blockIdx.x * Tall;
  const unsigned char* row_tiles[Tall];
  for (int r = 0; r < Tall; r++) {
    // The last block of an odd number of tiles computes one twice and keeps it once.
    const int tile = first_down + r < down ? first_down + r : down - 1;
    row_tiles[r] = a.weight + tile * tile_bytes;
  }
  WeightTile<Format> weights[kAhead][Tall];
  const auto load = [&](int slot, int tile) {
#pragma unroll
    for (int r = 0; r < Tall; r++) weights[slot][r].load(row_tiles[r], across, tile, lane);
  };
  float sums[Tall][Sets][4] = {};
  const int end = first_tile(piece + 1, across);
  int tile = first_tile(piece, across);
#pragma unroll
  for (int slot = 0; slot < kAhead; slot++) {
    if (tile + slot < end) load(slot, tile + slot);
  }
#pragma unroll 1
  for (; tile < end; tile += kAhead) {
#pragma unroll
    for (int slot = 0; slot < kAhead; slot++) {
      if (tile + slot >= end) break;
      Columns columns[Sets];
#pragma unroll
      for (int j = 0; j < Sets; j++) {
        const int row = first_row + j * 8 + lane / 4;
        const size_t at = (static_cast<size_t>(row) * across + tile + slot) * kTileColumns + lane % 4 * 16;
        if (row < a.n) columns[j].load(reinterpret_cast<const uint4*>(a.halves + at));
        else columns[j].clear();
      }
#pragma unroll
      for (int r = 0; r < Tall; r++) {
        multiply_tile<Format, Sets>(weights[slot][r], [&](int j) -> const Columns& { return columns[j]; }, sums[r]);
      }
      if (tile + slot + kAhead < end) load(slot, tile + slot + kAhead);
    }
  }
#pragma unroll
  for (int r = 0; r < Tall; r++) {
#pragma unroll
    for (int j = 0; j < Sets; j++) {
      pieces[piece][r][j][lane] = make_float4(sums[r][j][0], sums[r][j][1], sums[r][j][2], sums[r][j][3]);
    }
  }
  __syncthreads();
  const int set = threadIdx.x / 32;
  if (set >= Tall * Sets) return;
  const int r = set / Sets, j = set % Sets;
  if (first_down + r >= down) return;
  float total[4] = {};
  for (int p = 0; p < kPieces; p++) {
    const float4 sum = pieces[p][r][j][lane];
    total[0] += sum.x;
    total[1] += sum.y;
    total[2] += sum.z;
    total[3] += sum.w;
  }
  for (int c = 0; c < 2; c++) {
    finish<Format>(a, a.weight + (first_down + r) * tile_bytes, first_down + r, first_row + j * 8 + lane % 4 * 2 + c,
                   total[c], total[c + 2]);
  }
}

/// A warp for each row tile, which takes all pieces one after the other, for 64 rows of activations in shared memory.
template <class Format>
__device__ __forceinline__ void many_rows(const ProductArguments& a) {
  constexpr int kSets = 8, kRows = 8 * kSets, kVectors = kTileColumns / 8;
  /// A vector more, so that lanes which read at the same time meet different banks.
  __shared__ uint4 staged[2][kRows][kVectors + 1];
  if (is_over(a)) return;
  const int lane = threadIdx.x % 32;
  const int across = tiles_across(a.columns), down = tiles_down(a);
  const int tile_down = blockIdx.x * 8 + threadIdx.x / 32, first_row = blockIdx.y * kRows;
  const bool idle = tile_down >= down;
  const unsigned char* row_tile =
      a.weight + static_cast<size_t>(idle ? down - 1 : tile_down) * row_tile_bytes(Format::layout, across);
  constexpr int kEach = kRows * kVectors / 256;
  uint4 fetched[kEach];
  const auto fetch = [&](int tile) {
#pragma unroll
    for (int i = 0; i < kEach; i++) {
      const int item = threadIdx.x + i * 256, row = first_row + item / kVectors;
      const uint4* halves = reinterpret_cast<const uint4*>(a.halves);
      const size_t at = (static_cast<size_t>(row) * across + tile) * kVectors + item % kVectors;
      fetched[i] = row < a.n ? halves[at] : make_uint4(0, 0, 0, 0);
    }
  };
  const auto stage = [&](int tile) {
#pragma unroll
    for (int i = 0; i < kEach; i++) {
      const int item = threadIdx.x + i * 256;
      staged[tile % 2][item / kVectors][item % kVectors] = fetched[i];
    }
  };
  float total[kSets][4] = {};
  WeightTile<Format> next;
  next.load(row_tile, across, 0, lane);
  fetch(0);
  stage(0);
  for (int piece = 0; piece < kPieces; piece++) {
    float sums[kSets][4] = {};
    for (int tile = first_tile(piece, across); tile < first_tile(piece + 1, across); tile++) {
      __syncthreads();
      const WeightTile<Format> weight = next;
      const bool more = tile + 1 < across;
      if (more) {
        next.load(row_tile, across, tile + 1, lane);
        fetch(tile + 1);
      }
      multiply_tile<Format, kSets>(
          weight,
          [&](int j) {
            Columns columns;
            columns.load(&staged[tile % 2][j * 8 + lane / 4][lane % 4 * 2]);
            return columns;
          },
          sums);
      if (more) stage(tile + 1);
    }
#pragma unroll
    for (int j = 0; j < kSets; j++) {
#pragma unroll
      for (int c = 0; c < 4; c++) total[j][c] += sums[j][c];
    }
  }
  if (idle) return;
#pragma unroll
  for (int j = 0; j < kSets; j++) {
#pragma unroll
    for (int c = 0; c < 2; c++) {
      finish<Format>(a, row_tile, tile_down, first_row + j * 8 + lane % 4 * 2 + c, total[j][c], total[j][c + 2]);
    }
  }
}

/// Rows of a table as floats.
template <class Format>
__device__ __forceinline__ void embed(const EmbeddingArguments& a) {
  constexpr int kSteps = Format::layout.scales == Scales::block16 ? 1 : 2;
  const int row = a.tokens[blockIdx.x].token - a.first;
  if (row < 0 || row >= a.rows) return;
  const int across = tiles_across(a.columns), g = row % 8, upper = row / 8 % 2;
  const unsigned char* row_tile = a.weight + static_cast<size_t>(row / kTileRows) * row_tile_bytes(Format::layout, across);
  float scale = 1.0f;
  if constexpr (Format::layout.scales == Scales::row) {
    scale = reinterpret_cast<const float*>(row_tile + rows_at(Format::layout, across))[row % kTileRows];
  }
  for (int item = threadIdx.x; item < across * 4; item += blockDim.x) {
    const int tile = item / 4, t = item % 4;
    WeightTile<Format> weight;
    weight.load(row_tile, across, tile, 4 * g + t);
#pragma unroll
    for (int step = 0; step < 4; step++) {
      uint32_t operand[4];
      weight.operand(step, operand);
      const int group = step / kSteps;
      const float factor = weight.factor(group, upper) * scale, offset = weight.offset(group, upper);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const uint32_t pair = upper == 0 ? operand[i / 2 * 2] : operand[i / 2 * 2 + 1];
        const int column = tile * kTileColumns + step * 16 + t * 4 + i;
        if (column >= a.columns) continue;
        a.output[static_cast<size_t>(blockIdx.x) * a.columns + column] =
            fmaf(half_to_float(pair >> (i % 2 * 16) & 0xffff), factor, offset);
      }
    }
  }
}

}  // namespace foretoken::cuda

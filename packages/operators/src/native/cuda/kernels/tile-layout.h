// How a tile of a weight lies in memory. The formats here name kernels: product_q4_k_r1n1.
//
// A row tile holds, for each of its `across` tiles: quants, high bits and scales, each a plane of its own in which the 32
// lanes of a warp lie one after the other. Lane 4 * g + t has rows g and g + 8; of the 16 columns of step s (of 4) it has
// 16 s + 4 t + {0, 1, 2, 3}. That is what the operand of one tensor-core instruction needs of each lane.
#pragma once

#include "arguments.h"

namespace foretoken::cuda {

enum class Scales {
  /// A float for each row, at the end of the row tile.
  row,
  /// A half for each 32 columns of a row.
  group,
  /// A factor and an offset, both halves, for each 32 columns.
  group_offset,
  /// Bytes: factor and offset for each 32 columns, times two halves for each 256.
  block,
  /// Signed bytes: a factor for each 16 columns, times a half for each 256.
  block16,
};

struct TileLayout {
  /// Bits of a value in the plane of quants (16 for halves), and in the plane of high bits.
  int bits;
  int high;
  /// What is subtracted from the stored integer.
  int zero;
  Scales scales;
};

struct f16 { static constexpr TileLayout layout{16, 0, 0, Scales::row}; };
struct q8_0 { static constexpr TileLayout layout{8, 0, 128, Scales::group}; };
struct q4_0 { static constexpr TileLayout layout{4, 0, 8, Scales::group}; };
struct q4_1 { static constexpr TileLayout layout{4, 0, 0, Scales::group_offset}; };
struct q5_0 { static constexpr TileLayout layout{4, 1, 16, Scales::group}; };
struct q5_1 { static constexpr TileLayout layout{4, 1, 0, Scales::group_offset}; };
struct q4_k { static constexpr TileLayout layout{4, 0, 0, Scales::block}; };
struct q5_k { static constexpr TileLayout layout{4, 1, 0, Scales::block}; };
struct q6_k { static constexpr TileLayout layout{4, 2, 32, Scales::block16}; };

constexpr bool has_offsets(TileLayout layout) {
  return layout.scales == Scales::group_offset || layout.scales == Scales::block;
}

/// Bytes of a tile in each plane; `block_bytes` are those of four tiles.
constexpr int quant_bytes(TileLayout layout) { return kTileRows * kTileColumns * layout.bits / 8; }
constexpr int high_bytes(TileLayout layout) { return kTileRows * kTileColumns * layout.high / 8; }
constexpr int scale_bytes(TileLayout layout) {
  return layout.scales == Scales::row ? 0 : layout.scales == Scales::group_offset ? 128 : 64;
}
constexpr int block_bytes(TileLayout layout) {
  return layout.scales == Scales::block ? 64 : layout.scales == Scales::block16 ? 32 : 0;
}

/// Where the planes of a row tile begin; the plane of quants is the first. Behind the last comes a float for each row
/// where scales are by row.
constexpr int high_at(TileLayout layout, int across) { return across * quant_bytes(layout); }
constexpr int scales_at(TileLayout layout, int across) { return high_at(layout, across) + across * high_bytes(layout); }
constexpr int blocks_at(TileLayout layout, int across) { return scales_at(layout, across) + across * scale_bytes(layout); }
constexpr int rows_at(TileLayout layout, int across) {
  return blocks_at(layout, across) + (across + 3) / 4 * block_bytes(layout);
}
constexpr int row_tile_bytes(TileLayout layout, int across) {
  const int bytes = rows_at(layout, across) + (layout.scales == Scales::row ? kTileRows * 4 : 0);
  return (bytes + 255) / 256 * 256;
}

/// The first tile of a piece of the columns (`kPieces`).
constexpr int first_tile(int piece, int across) { return piece * across / kPieces; }

/// Where a column of the activations lies in its row of halves: what a lane needs of a tile is 32 bytes in sequence.
constexpr int packed_place(int column) {
  const int within = column % kTileColumns;
  return column - within + within % 16 / 4 * 16 + within / 16 * 4 + within % 4;
}

}  // namespace foretoken::cuda

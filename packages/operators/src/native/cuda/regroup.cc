#include "regroup.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>

#include "kernels/tile-layout.h"

namespace foretoken::cuda {
namespace {

/// What the kernels take a format as.
Format device_format(Format format) {
  return format == Format::F32 || format == Format::BF16 ? Format::F16 : format;
}

TileLayout layout_for(Format format) {
  switch (format) {
    case Format::Q8_0: return q8_0::layout;
    case Format::Q4_0: return q4_0::layout;
    case Format::Q4_1: return q4_1::layout;
    case Format::Q5_0: return q5_0::layout;
    case Format::Q5_1: return q5_1::layout;
    case Format::Q4_K: return q4_k::layout;
    case Format::Q5_K: return q5_k::layout;
    case Format::Q6_K: return q6_k::layout;
    case Format::F32:
    case Format::F16:
    case Format::BF16: break;
  }
  return f16::layout;
}

/// The stored row and the format of each value of the result.
struct Row {
  int stored;
  Format format;
};

std::vector<Row> rows_of(const Matrix& matrix) {
  std::vector<Row> rows;
  int first = 0;
  for (const MatrixPart& part : matrix.parts) {
    for (int r = 0; r < part.rows; r++) {
      const int half = part.interleave / 2, within = half == 0 ? 0 : r % part.interleave;
      const int moved = r - within + within / 2 + within % 2 * half;
      rows.push_back({first + moved, device_format(part.format)});
    }
    first += part.rows;
  }
  return rows;
}

uint16_t u16_at(const uint8_t* from) {
  uint16_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

uint32_t u32_at(const uint8_t* from) {
  uint32_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

void set_u16(uint8_t* to, uint16_t value) { std::memcpy(to, &value, sizeof value); }

uint16_t nearest_half(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<uint16_t>(sign | 0x7fff);
  if (magnitude >= 0x477ff000) return static_cast<uint16_t>(sign | 0x7c00);
  if (magnitude < 0x38800000) {
    return static_cast<uint16_t>(sign | static_cast<uint32_t>(std::nearbyint(std::ldexp(std::fabs(value), 24))));
  }
  const uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
  return static_cast<uint16_t>(sign | ((rounded >> 13) - (112 << 10)));
}

/// One row's share of one tile, before lanes: integers with their zero (halves for F16), and scales.
struct RowOfTile {
  uint16_t values[kTileColumns];
  uint16_t factors[4];
  uint16_t offsets[2];
  uint16_t block_factor, block_offset;
};

/// Scale and minimum of group `index` of a Q4_K or Q5_K block, from the twelve bytes that pack them.
void six_bits(const uint8_t* packed, int index, uint16_t* scale, uint16_t* minimum) {
  if (index < 4) {
    *scale = packed[index] & 63;
    *minimum = packed[index + 4] & 63;
  } else {
    *scale = static_cast<uint16_t>((packed[index + 4] & 15) | (packed[index - 4] >> 6) << 4);
    *minimum = static_cast<uint16_t>(packed[index + 4] >> 4 | (packed[index] >> 6) << 4);
  }
}

/// Reads a group of 32 columns of a row of integers into `row`; `group` is its place in the tile.
void read_group(Format format, const uint8_t* stored, int index, int group, RowOfTile* row) {
  uint16_t* values = row->values + 32 * group;
  const uint8_t* block = stored + static_cast<size_t>(index) * layout_of(format).bytes;
  const auto nibbles = [values](const uint8_t* from, uint32_t fifth) {
    for (int j = 0; j < 32; j++) {
      const int low = j < 16 ? from[j] & 15 : from[j - 16] >> 4;
      values[j] = static_cast<uint16_t>(low | (fifth >> j & 1) << 4);
    }
  };
  switch (format) {
    case Format::Q8_0:
      for (int j = 0; j < 32; j++) values[j] = static_cast<uint16_t>(static_cast<int8_t>(block[2 + j]) + 128);
      row->factors[group] = u16_at(block);
      return;
    case Format::Q4_0:
    case Format::Q5_0: {
      const bool five = format == Format::Q5_0;
      nibbles(block + (five ? 6 : 2), five ? u32_at(block + 2) : 0);
      row->factors[group] = u16_at(block);
      return;
    }
    case Format::Q4_1:
    case Format::Q5_1: {
      const bool five = format == Format::Q5_1;
      nibbles(block + (five ? 8 : 4), five ? u32_at(block + 4) : 0);
      row->factors[group] = u16_at(block);
      row->offsets[group] = u16_at(block + 2);
      return;
    }
    case Format::Q4_K:
    case Format::Q5_K: {
      block = stored + static_cast<size_t>(index / 8) * layout_of(format).bytes;
      const int within = index % 8;
      const bool five = format == Format::Q5_K;
      const uint8_t* from = block + (five ? 48 : 16) + within / 2 * 32;
      for (int j = 0; j < 32; j++) {
        const int fifth = five ? block[16 + j] >> within & 1 : 0;
        values[j] = static_cast<uint16_t>((from[j] >> (within % 2 * 4) & 15) | fifth << 4);
      }
      six_bits(block + 4, within, &row->factors[group], &row->offsets[group]);
      row->block_factor = u16_at(block);
      row->block_offset = u16_at(block + 2);
      return;
    }
    case Format::Q6_K: {
      block = stored + static_cast<size_t>(index / 8) * layout_of(format).bytes;
      const int part = index % 8 / 4, quarter = index % 4;
      for (int j = 0; j < 32; j++) {
        const int low = block[64 * part + 32 * (quarter % 2) + j] >> (quarter / 2 * 4) & 15;
        const int high = block[128 + 32 * part + j] >> (2 * quarter) & 3;
        values[j] = static_cast<uint16_t>(low | high << 4);
      }
      for (int i = 0; i < 2; i++) row->factors[2 * group + i] = block[192 + index % 8 * 2 + i];
      row->block_factor = u16_at(block + 208);
      return;
    }
    case Format::F32:
    case Format::F16:
    case Format::BF16: return;
  }
}

float float_at(Format format, const uint8_t* stored, int column) {
  const uint32_t bits = format == Format::BF16 ? static_cast<uint32_t>(u16_at(stored + 2 * column)) << 16
                                               : u32_at(stored + 4 * static_cast<size_t>(column));
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// The exponent of what a row's halves are multiplied by: its largest comes between 2^14 and 2^15, where 29 powers of two
/// below it lose no bits.
int row_exponent(Format format, const uint8_t* stored, int columns) {
  if (format == Format::F16) return 0;
  float most = 0;
  for (int c = 0; c < columns; c++) most = std::fmax(most, std::fabs(float_at(format, stored, c)));
  if (!std::isnormal(most)) return 0;
  return std::max(std::ilogb(most) - 14, -100);
}

void read_halves(Format format, const uint8_t* stored, int first, int columns, int exponent, RowOfTile* row) {
  for (int c = 0; c < kTileColumns && first + c < columns; c++) {
    row->values[c] = format == Format::F16 ? u16_at(stored + 2 * static_cast<size_t>(first + c))
                                           : nearest_half(std::ldexp(float_at(format, stored, first + c), -exponent));
  }
}

/// Puts a row of a tile where the lanes look for it.
void spread(TileLayout layout, int across, int tile, int place, const RowOfTile& row, uint8_t* row_tile) {
  const int g = place % 8, upper = place / 8;
  uint8_t* quants = row_tile + static_cast<size_t>(tile) * quant_bytes(layout);
  uint8_t* high = row_tile + high_at(layout, across) + static_cast<size_t>(tile) * high_bytes(layout);
  for (int column = 0; column < kTileColumns; column++) {
    const int step = column / 16, t = column % 16 / 4, half = column % 2, i = column % 4 / 2 * 2 + upper;
    const int lane = 4 * g + t, value = row.values[column];
    // Byte `index` of what the lane holds, which lies in vectors of 16 bytes.
    const auto byte = [&](int index) { return quants + (index / 16 * 32 + lane) * 16 + index % 16; };
    if (layout.bits == 16) {
      set_u16(byte(16 * step + 4 * i + 2 * half), static_cast<uint16_t>(value));
    } else if (layout.bits == 8) {
      *byte(8 * step + 2 * i + half) = static_cast<uint8_t>(value);
    } else {
      *byte(4 * step + 2 * half + i / 2) |= static_cast<uint8_t>((value & 15) << (i % 2 * 4));
    }
    if (layout.high == 1) {
      const int bit = 4 * step + i + 16 * half;
      high[4 * lane + bit / 8] |= static_cast<uint8_t>((value >> 4) << bit % 8);
    } else if (layout.high == 2) {
      const int bit = step % 2 * 8 + 2 * i + 16 * half;
      high[4 * (step / 2 * 32 + lane) + bit / 8] |= static_cast<uint8_t>((value >> 4) << bit % 8);
    }
  }
  uint8_t* scales = row_tile + scales_at(layout, across) + static_cast<size_t>(tile) * scale_bytes(layout);
  uint8_t* blocks = row_tile + blocks_at(layout, across) + static_cast<size_t>(tile / 4) * block_bytes(layout);
  uint8_t* own = scales + scale_bytes(layout) / 16 * (2 * g + upper);
  switch (layout.scales) {
    case Scales::row: return;
    case Scales::group:
      for (int group = 0; group < 2; group++) set_u16(own + 2 * group, row.factors[group]);
      return;
    case Scales::group_offset:
      for (int group = 0; group < 2; group++) {
        set_u16(own + 4 * group, row.factors[group]);
        set_u16(own + 4 * group + 2, row.offsets[group]);
      }
      return;
    case Scales::block:
      for (int group = 0; group < 2; group++) {
        own[group] = static_cast<uint8_t>(row.factors[group]);
        own[2 + group] = static_cast<uint8_t>(row.offsets[group]);
      }
      set_u16(blocks + 8 * g + 4 * upper, row.block_factor);
      set_u16(blocks + 8 * g + 4 * upper + 2, row.block_offset);
      return;
    case Scales::block16:
      for (int group = 0; group < 4; group++) own[group] = static_cast<uint8_t>(row.factors[group]);
      set_u16(blocks + 4 * g + 2 * upper, row.block_factor);
      return;
  }
}

void regroup_row(const MatrixPart& from, int stored, int columns, TileLayout layout, int place, uint8_t* row_tile) {
  const int across = tiles_across(columns);
  const uint8_t* bytes = from.data + static_cast<size_t>(stored) * from.row_bytes;
  const bool halves = layout.scales == Scales::row;
  const int exponent = halves ? row_exponent(from.format, bytes, columns) : 0;
  if (halves) {
    const float scale = std::ldexp(1.0f, exponent);
    std::memcpy(row_tile + rows_at(layout, across) + 4 * place, &scale, sizeof scale);
  }
  for (int tile = 0; tile < across; tile++) {
    RowOfTile row{};
    if (halves) {
      read_halves(from.format, bytes, tile * kTileColumns, columns, exponent, &row);
    } else {
      for (int group = 0; group < 2 && tile * kTileColumns + 32 * group < columns; group++) {
        read_group(from.format, bytes, 2 * tile + group, group, &row);
      }
    }
    spread(layout, across, tile, place, row, row_tile);
  }
}

}  // namespace

std::vector<RegroupedPart> regroup_plan(const Matrix& matrix, bool gated) {
  const std::vector<Row> rows = rows_of(matrix);
  const size_t half = rows.size() / 2;
  for (size_t i = 0; gated && i < half; i++) gated = rows[i].format == rows[half + i].format;
  const size_t results = gated ? half : rows.size();
  const int of_tile = gated ? kTileRows / 2 : kTileRows;
  std::vector<RegroupedPart> parts;
  for (size_t first = 0; first < results;) {
    size_t end = first;
    while (end < results && rows[end].format == rows[first].format) end++;
    RegroupedPart part{};
    part.format = rows[first].format;
    part.first = static_cast<int>(first);
    part.rows = static_cast<int>(end - first);
    part.gated = gated;
    part.tiles = (part.rows + of_tile - 1) / of_tile;
    part.tile_bytes = static_cast<size_t>(row_tile_bytes(layout_for(part.format), tiles_across(matrix.columns)));
    part.stored.assign(static_cast<size_t>(part.tiles) * kTileRows, -1);
    for (size_t r = first; r < end; r++) {
      const size_t place = r - first;
      if (gated) {
        const size_t at = place / 8 * kTileRows + place % 8;
        part.stored[at] = rows[r].stored;
        part.stored[at + 8] = rows[half + r].stored;
      } else {
        part.stored[place] = rows[r].stored;
      }
    }
    parts.push_back(std::move(part));
    first = end;
  }
  return parts;
}

void regroup_tiles(const Matrix& matrix, const RegroupedPart& part, int first, int count, uint8_t* out) {
  const TileLayout layout = layout_for(part.format);
  std::memset(out, 0, part.tile_bytes * static_cast<size_t>(count));
  for (int tile = first; tile < first + count; tile++) {
    for (int place = 0; place < kTileRows; place++) {
      int stored = part.stored[static_cast<size_t>(tile) * kTileRows + static_cast<size_t>(place)];
      if (stored < 0) continue;
      const MatrixPart* from = matrix.parts.data();
      for (; stored >= from->rows; from++) stored -= from->rows;
      regroup_row(*from, stored, matrix.columns, layout, place, out + part.tile_bytes * static_cast<size_t>(tile - first));
    }
  }
}

std::string kernel_format(Format format) {
  std::string name = kFormatNames[static_cast<int>(device_format(format))];
  for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
  return name;
}

}  // namespace foretoken::cuda

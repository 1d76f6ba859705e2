// What the host gives to each kernel, and the sizes that both sides count with. Read by NVRTC too: no other header.
#pragma once

namespace foretoken::cuda {

/// A tile of a weight: 16 rows of 64 columns. Columns are padded to whole tiles with zeros.
constexpr int kTileRows = 16;
constexpr int kTileColumns = 64;

constexpr int tiles_across(int columns) { return (columns + kTileColumns - 1) / kTileColumns; }

/// The columns of a product are summed in this many pieces, one after the other, whatever kernel does it: piece p has the
/// tiles from `first_tile(p)` on.
constexpr int kPieces = 16;

/// Positions of attention that are summed on their own; spans are joined in ascending order.
constexpr int kSpanPositions = 128;
/// Positions of the cache whose keys lie side by side, dimension by dimension.
constexpr int kKeyPositions = 32;
constexpr int kMostHeadSize = 256;

/// The first span that has a position which a token sees: `window` positions up to its own; all where it is 0.
constexpr int first_span(int position, int window) {
  return window == 0 || position < window ? 0 : (position + 1 - window) / kSpanPositions;
}

/// What a gate goes through before it is multiplied (the approximation by tanh where it is GELU); 0 where nothing is gated.
constexpr int kNotGated = 0, kSilu = 1, kGelu = 2;

/// Threads of round_rows and join_spans: a row is one block's, so it has many.
constexpr int kRowThreads = 512;

/// Logits that one block of `top_of_chunks` reads, and the most that it keeps.
constexpr int kChunkValues = 2048;
constexpr int kMostTop = 64;

/// A token of a pass. `slot` is -1 for a row that only fills the pass: nothing is written for it, its attention is zero.
struct PassToken {
  int token;
  int slot;
  /// Tokens of its sequence in the cache before the pass.
  int start;
  /// Row of its sequence's first token, and its own place behind that one: its key lies at `start + node`.
  int first;
  int node;
  /// Node of its parent, -1 for the last cached token.
  int parent;
  /// Place in its text: `start` plus its depth in the tree.
  int position;
  /// 1 where each token of its sequence follows the one before.
  int chain;
};

/// embedding_FORMAT, grid (rows of the pass), block 128.
struct EmbeddingArguments {
  const unsigned char* weight;
  const PassToken* tokens;
  /// [rows][columns].
  float* output;
  int columns;
  /// The tokens that this part of the table has: [first, first + rows).
  int first;
  int rows;
};

/// round_rows, grid (rows of the pass), block kRowThreads: normalises rows, and rounds them to halves times a power of two,
/// or leaves them as floats.
struct RoundArguments {
  /// [n][columns].
  const float* input;
  /// [columns]; null for no norm.
  const float* norm;
  /// [n][tiles_across(columns) * 64], in the order of `packed_place`.
  unsigned short* halves;
  /// [n]: what the halves of a row are to be multiplied by.
  float* scales;
  float epsilon;
  int columns;
  /// [n][columns]: normalised rows, and then no halves; null for halves.
  float* output;
};

/// product_FORMAT_SHAPE: input times a part of a matrix (regroup.h); the shapes, their grids and blocks are those of
/// product-shapes.h: grid (ceil(row tiles / its tiles), ceil(n / its rows)).
struct ProductArguments {
  const unsigned char* weight;
  const unsigned short* halves;
  const float* scales;
  /// [stride]; null for none.
  const float* bias;
  /// [n][stride], may be the output; null for none.
  const float* residual;
  /// [n][stride]; this part writes `rows` values of each row from `first` on. Null where only the best are wanted.
  float* output;
  /// [n][tiles], from `first_tile` on, of each row tile: the key (choose.h) of the best value, and the sum of all
  /// e^(value - best). Null where nobody chooses.
  unsigned long long* tile_best;
  float* tile_sums;
  /// A product whose passes came to their end is left out: it is done while this is not 0. Null for always.
  const int* going;
  int n;
  int columns;
  int first;
  int rows;
  int stride;
  /// Where it is not kNotGated, tiles hold 8 rows of gate and 8 of up: the result is activation(gate) * up.
  int gated;
  int first_tile;
  int tiles;
};

struct CacheArguments {
  /// Halves where `half` is 1, else floats: [layers][slots][kv_heads][cache_plane].
  void* memory;
  int half;
  int slots;
  int kv_heads;
  int heads;
  int head_size;
  /// Positions of a slot in memory, a multiple of kKeyPositions.
  int capacity;
};

/// Elements of one slot's key head: keys [capacity / 32][head_size][32], then values [capacity][head_size].
constexpr unsigned long long cache_plane(int capacity, int head_size) {
  return 2ull * static_cast<unsigned long long>(capacity) * static_cast<unsigned long long>(head_size);
}

/// rotate_and_store, grid (rows of the pass, heads + 2 * kv_heads), block 128: head norms, rotary embedding, cache write.
struct RotateArguments {
  CacheArguments cache;
  const PassToken* tokens;
  /// [n][heads + 2 * kv_heads][head_size]: query, key and value.
  const float* input;
  /// Of the layer, [positions][head_size / 2][2]: cosine and sine.
  const float* rotation;
  /// [head_size]; null for none.
  const float* query_norm;
  const float* key_norm;
  float query_epsilon;
  float key_epsilon;
  /// [n][heads][head_size], scaled.
  float* queries;
  int layer;
};

/// attend_CACHE_QUERIES, CACHE being half or float and QUERIES 1, 2, 4 or 8, at least min(8, heads / kv_heads);
/// grid (spans or 1, kv_heads * ceil(heads / kv_heads / QUERIES), rows of the pass), block 256. Spans are counted from the
/// first one that the token sees. Blocks behind its last one return at once: a grid may have more spans than the pass.
struct AttendArguments {
  CacheArguments cache;
  const PassToken* tokens;
  const float* queries;
  /// [n][heads][parts][head_size + 2]: sums, maximum, total. `parts` is gridDim.x.
  float* partials;
  int layer;
  /// 1: a block sums one span. 0: grid.x is 1, and a block sums all spans of its queries.
  int split;
  /// Positions that a token sees, its own and those before it; 0 for all.
  int window;
};

/// join_spans, grid (rows of the pass), block kRowThreads: joins the spans of `attend`, and rounds as round_rows does.
struct JoinArguments {
  const PassToken* tokens;
  const float* partials;
  /// [n][heads * head_size].
  float* output;
  /// As in RoundArguments; null where the result is only wanted as floats.
  unsigned short* halves;
  float* scales;
  int parts;
  int split;
  int window;
  int heads;
  int head_size;
};

/// choose_rows, grid (rows chosen), block 256: output[i] = input[chosen[i]].
struct ChooseArguments {
  const float* input;
  const int* chosen;
  float* output;
  int width;
};

/// add_rows, gate_rows, grid (n), block 256. add: output = factor * input + second, each [n][width]. gate: output
/// [n][width] = activation(gate) * up of input [n][2 * width].
struct RowsArguments {
  const float* input;
  /// Of add; null for nothing to add.
  const float* second;
  float* output;
  int width;
  /// Of add.
  float factor;
  /// Of gate: kSilu or kGelu.
  int gated;
};

/// join_best, grid (rows), block kRowThreads: of what products left of each tile.
struct BestArguments {
  /// [rows][tiles] each, as in ProductArguments.
  const unsigned long long* tile_best;
  const float* tile_sums;
  int tiles;
  /// [rows]: index of the first of the largest logits, that logit, and the logarithm of the sum of all e^logit.
  int* best;
  float* most;
  float* log_sum;
};

/// top_of_chunks, grid (ceil(count / 2048), rows), block 256: the k highest of each chunk, highest first, the lower index
/// first among equals, NaN last. Launched again on what it gave, until one chunk is left.
struct TopArguments {
  /// [rows][count].
  const float* values;
  /// [rows][count]; null where a value's index is its place.
  const int* indices;
  int count;
  /// 1..kMostTop; a chunk of fewer values is filled up with index -1.
  int k;
  /// [rows][chunks][k].
  float* top_values;
  int* top_indices;
};

/// gather_entries, then scatter_entries, grid (count, layers * kv_heads), block 128: moves positions of the cache, all reads
/// before all writes.
struct MoveArguments {
  CacheArguments cache;
  /// [count][2]: slot and position; sources of gather, targets of scatter.
  const int* places;
  /// [count][layers * kv_heads][2 * head_size] of the cache's element.
  void* room;
};

/// What one sequence of a chain may guess; a row that only fills the pass has `most` 0.
struct GuessLimit {
  int most;
  /// It ends with the guess at which the product of the confidences falls below this.
  float minimum;
};

/// advance_chain, grid (1), block 256: turns the best token of each sequence into its next pass of one token. A sequence
/// that has come to its end gets a row that only fills the pass.
struct AdvanceArguments {
  /// The pass that the tokens are from, and the last row of each of its sequences, [rows].
  const PassToken* previous;
  const int* scored;
  const int* best;
  const float* most;
  const float* log_sum;
  /// The token of each logit; null where it is the index.
  const int* vocabulary;
  const GuessLimit* limits;
  /// [rows]: products of the confidences, written by guess 0.
  float* products;
  /// [rows]: the next pass, may be `previous` where that has these rows too.
  PassToken* tokens;
  /// How many sequences go on.
  int* going;
  int rows;
  /// Guesses before these.
  int guess;
};

}  // namespace foretoken::cuda

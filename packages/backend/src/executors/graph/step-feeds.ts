import { MASKED, type Step, stepSize, treePositions, writeTreeMask } from '../step.js';

/** The arrays that a pass feeds to the graph. B sequences, N tokens, T = most tokens of a sequence, C = longest context. */
export interface StepFeeds {
  /** [N] */
  readonly tokens: Int32Array;
  /** Rotary position of each token. [N] */
  readonly positions: Int32Array;
  /** Where each token's key and value go in the cache. [N] */
  readonly cachePositions: Int32Array;
  /** Cache positions that each sequence reads; padded with its first. [B, C] */
  readonly contextPositions: Int32Array;
  /** Row of each sequence's t-th token among the N; padded with its first. [B, T] */
  readonly queryRows: Int32Array;
  /** For each token its row in the padded attention output of head 0. [N] */
  readonly attentionRows: Int32Array;
  /** The additive attention mask of each window. [B, 1, T, C] */
  readonly masks: readonly Float32Array[];
  readonly batch: number;
  readonly queryLength: number;
  readonly contextLength: number;
}

/** Lays a pass out for the graph; `slotCapacity` is the number of positions of a slot. */
export function stepFeeds(
  step: Step,
  options: {
    readonly slotCapacity: number;
    readonly heads: number;
    /** Windows of attention; `undefined` is the whole text. */
    readonly windows: readonly (number | undefined)[];
  },
): StepFeeds {
  const total = stepSize(step);
  const batch = step.sequences.length;
  const queryLength = Math.max(...step.sequences.map((sequence) => sequence.tokens.length));
  const contextLength = Math.max(...step.sequences.map((sequence) => sequence.start + sequence.tokens.length));
  const feeds = {
    tokens: new Int32Array(total),
    positions: new Int32Array(total),
    cachePositions: new Int32Array(total),
    contextPositions: new Int32Array(batch * contextLength),
    queryRows: new Int32Array(batch * queryLength),
    attentionRows: new Int32Array(total),
    masks: options.windows.map(() => new Float32Array(batch * queryLength * contextLength).fill(MASKED)),
  };
  let row = 0;
  step.sequences.forEach((sequence, index) => {
    const { tokens, slot, start } = sequence;
    const base = slot * options.slotCapacity;
    feeds.tokens.set(tokens, row);
    feeds.positions.set(treePositions(sequence), row);
    const context = feeds.contextPositions.subarray(index * contextLength, (index + 1) * contextLength).fill(base);
    for (let c = 0; c < start + tokens.length; c++) context[c] = base + c;
    const queries = feeds.queryRows.subarray(index * queryLength, (index + 1) * queryLength).fill(row);
    for (let t = 0; t < tokens.length; t++) {
      queries[t] = row + t;
      feeds.cachePositions[row + t] = base + start + t;
      feeds.attentionRows[row + t] = index * options.heads * queryLength + t;
    }
    const size = queryLength * contextLength;
    for (const [at, mask] of feeds.masks.entries()) {
      writeTreeMask(sequence, mask.subarray(index * size, (index + 1) * size), contextLength, options.windows[at]);
    }
    row += tokens.length;
  });
  return { ...feeds, batch, queryLength, contextLength };
}

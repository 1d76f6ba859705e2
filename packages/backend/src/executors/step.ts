/** One sequence's part of a forward pass. */
export interface StepSequence {
  /** Slot of the KV cache. */
  readonly slot: number;
  /** Tokens of the sequence already in the cache; new ones are written behind them. */
  readonly start: number;
  /** New tokens. [n]. */
  readonly tokens: Int32Array;
  /** Parent of each new token among the new tokens, -1 for the last cached token. [n]. */
  readonly parents: Int32Array;
}

/** A forward pass: the new tokens of every sequence, one after the other, and which of them are scored. */
export interface Step {
  readonly sequences: readonly StepSequence[];
  /** Rows of the concatenated tokens whose logits are wanted. [R]. */
  readonly scoredRows: Int32Array;
  /** Layers to run before the final norm. @default all */
  readonly layers?: number;
}

/** Number of new tokens in a pass. */
export function stepSize(step: Step): number {
  return step.sequences.reduce((sum, sequence) => sum + sequence.tokens.length, 0);
}

/** Position of each new token in its text: `start` plus its depth in the tree. [n]. */
export function treePositions(sequence: StepSequence): Int32Array {
  const positions = new Int32Array(sequence.tokens.length);
  for (let i = 0; i < positions.length; i++) {
    const parent = sequence.parents[i] ?? -1;
    positions[i] = parent < 0 ? sequence.start : (positions[parent] ?? 0) + 1;
  }
  return positions;
}

/** What a masked score is lowered by: far enough for a weight of exactly 0, near enough to stay finite in sums. */
export const MASKED = -1e9;

/**
 * Writes the additive attention mask of one sequence: 0 where token t may see position c, `MASKED` elsewhere. A token sees every
 * cached token, its ancestors and itself, as far as they lie within the window.
 *
 * @param mask - [rows, columns] with rows >= n and columns >= start + n, filled with `MASKED` beforehand
 */
export function writeTreeMask(
  sequence: StepSequence,
  mask: Float32Array,
  columns: number,
  window: number | undefined,
): void {
  const { start, parents } = sequence;
  for (let t = 0; t < parents.length; t++) {
    const row = t * columns;
    const parent = parents[t] ?? -1;
    if (parent >= 0) mask.copyWithin(row, parent * columns, parent * columns + start + t);
    else mask.fill(0, row, row + start);
    mask[row + start + t] = 0;
  }
  if (window === undefined) return;
  const positions = treePositions(sequence);
  positions.forEach((position, t) => {
    const row = t * columns;
    mask.fill(MASKED, row, row + Math.min(start, Math.max(0, position + 1 - window)));
    for (let node = 0; node <= t; node++) {
      if ((positions[node] ?? 0) <= position - window) mask[row + start + node] = MASKED;
    }
  });
}

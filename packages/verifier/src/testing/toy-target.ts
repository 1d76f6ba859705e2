import { createSampler, type DraftTree, type SamplerOptions, type Scores, type TokenId } from '@foretoken/core';

export const VOCABULARY = 5;

/** Tokens that are looked at of every output. */
export const LENGTH = 3;

const rows = new Map<number, Float32Array>();

/** Fixed logits that depend on the whole prefix. Shape [VOCABULARY]. */
export function toyRow(prefix: readonly number[]): Float32Array {
  const key = prefix.reduce((sum, token) => sum * (VOCABULARY + 1) + token + 1, 0);
  const before = rows.get(key);
  if (before) return before;
  const row = Float32Array.from({ length: VOCABULARY }, (_, i) => 1.5 * Math.sin(key * 12.9898 + i * 78.233));
  rows.set(key, row);
  return row;
}

/** What the toy target says about a tree below `prefix`. */
export function toyScores(prefix: readonly number[], tree: DraftTree | undefined): Scores {
  return {
    rows: 1 + (tree?.tokens.length ?? 0),
    argmax: () => {
      throw new Error('not needed');
    },
    topK: () => {
      throw new Error('not needed');
    },
    row: (index) => {
      const path: number[] = [];
      for (let node = index - 1; tree !== undefined && node >= 0; node = tree.parents[node] ?? -1) {
        path.unshift(tree.tokens[node] ?? -1);
      }
      return toyRow([...prefix, ...path]);
    },
  };
}

/** The probability of every output of `LENGTH` tokens, at `outputIndex`. Shape [VOCABULARY ** LENGTH]. */
export function exactProbabilities(options: SamplerOptions): Float64Array {
  const result = new Float64Array(VOCABULARY ** LENGTH);
  const visit = (prefix: readonly number[], probability: number): void => {
    if (prefix.length === LENGTH) {
      result[outputIndex(prefix)] = probability;
      return;
    }
    const sampler = createSampler(options);
    for (const token of prefix) sampler.accept(token as TokenId);
    for (const [token, p] of sampler.distribution(toyRow(prefix)).entries()) {
      if (p > 0) visit([...prefix, token], probability * p);
    }
  };
  visit([], 1);
  return result;
}

/** Number of an output among all of its length. */
export function outputIndex(tokens: readonly number[]): number {
  let index = 0;
  for (let i = 0; i < LENGTH; i++) index = index * VOCABULARY + (tokens[i] ?? 0);
  return index;
}

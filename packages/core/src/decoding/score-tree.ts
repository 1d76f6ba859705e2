import type { DraftTree } from '../contracts/draft-tree.js';
import type { LanguageModel, Scores } from '../contracts/language-model.js';
import { ForetokenError } from '../errors.js';
import type { Generation } from './generation.js';
import { firstNodes } from './round-input.js';

/** What a forward of a round brought. */
export interface ScoredTree {
  readonly scores: Scores;
  /** The tree that was scored: smaller than the one asked for when the KV cache had no room for it. */
  readonly tree: DraftTree | undefined;
}

/**
 * Scores the last emitted token (which is not in the KV cache yet) and a tree that hangs off it, in one forward. Row 0
 * belongs to that token, row i + 1 to node i. When the cache has no room the tree is halved until it fits; without
 * any tree left the `KvCapacityError` is thrown on.
 */
export async function scoreTree(
  model: LanguageModel,
  generation: Generation,
  tree: DraftTree | undefined,
): Promise<ScoredTree> {
  for (let current = tree; ; current = firstNodes(current, current.tokens.length >> 1)) {
    try {
      const { scores } = await model.forward([generation.roundInput(current)]);
      const [own] = scores;
      if (own === undefined) throw new ForetokenError('The model gave no scores for its input.', { code: 'no-scores' });
      return { scores: own, tree: current };
    } catch (error) {
      const noRoom = error instanceof ForetokenError && error.code === 'kv-capacity';
      if (!noRoom || current === undefined) throw error;
    }
  }
}

import type { DraftTree } from '../contracts/draft-tree.js';
import type { ForwardInput, LanguageModel, Scores, Sequence } from '../contracts/language-model.js';
import { ForetokenError } from '../errors.js';

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
  sequence: Sequence,
  root: number,
  tree: DraftTree | undefined,
): Promise<ScoredTree> {
  for (let current = tree; ; current = firstNodes(current, current.tokens.length >> 1)) {
    try {
      const { scores } = await model.forward([forwardInput(sequence, root, current)]);
      const [own] = scores;
      if (own === undefined) throw new ForetokenError('The model gave no scores for its input.', { code: 'no-scores' });
      return { scores: own, tree: current };
    } catch (error) {
      const noRoom = error instanceof ForetokenError && error.code === 'kv-capacity';
      if (!noRoom || current === undefined) throw error;
    }
  }
}

function forwardInput(sequence: Sequence, root: number, tree: DraftTree | undefined): ForwardInput {
  if (tree === undefined) return { sequence, tokens: Int32Array.of(root), want: 'last' };
  const tokens = new Int32Array(tree.tokens.length + 1);
  tokens[0] = root;
  tokens.set(tree.tokens, 1);
  if (tree.parents.every((parent, node) => parent === node - 1)) return { sequence, tokens, want: 'all' };
  const parents = new Int32Array(tokens.length);
  parents[0] = -1;
  for (const [node, parent] of tree.parents.entries()) parents[node + 1] = parent + 1;
  return { sequence, tokens, parents, want: 'all' };
}

/** Parents come before children, so the first nodes of a tree are a tree. */
function firstNodes(tree: DraftTree, nodes: number): DraftTree | undefined {
  if (nodes === 0) return undefined;
  const { tokens, parents, confidences, proposals } = tree;
  return {
    tokens: tokens.subarray(0, nodes),
    parents: parents.subarray(0, nodes),
    ...(confidences ? { confidences: confidences.subarray(0, nodes) } : {}),
    ...(proposals ? { proposals: proposals.slice(0, nodes) } : {}),
  };
}

import { type DraftTree, subtree } from '@foretoken/core';

/**
 * The tree with these nodes only: ascending, each with its parent. `undefined` when there are none; the same object when
 * there are all.
 */
export function pruneTree(tree: DraftTree | undefined, kept: Int32Array): DraftTree | undefined {
  if (tree === undefined || kept.length === 0) return undefined;
  // Token 0, which a node without a token would become, is a guess like any other.
  if (kept.some((node) => tree.tokens[node] === undefined)) throw new RangeError('A node is kept that the tree lacks.');
  return kept.length === tree.tokens.length ? tree : subtree(tree, kept);
}

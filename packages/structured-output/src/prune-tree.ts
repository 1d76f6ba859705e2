import type { DraftTree } from '@foretoken/core';

/**
 * The tree with these nodes only: ascending, each with its parent. `undefined` when there are none; the same object when
 * there are all.
 */
export function pruneTree(tree: DraftTree | undefined, kept: Int32Array): DraftTree | undefined {
  if (tree === undefined || kept.length === 0) return undefined;
  if (kept.length === tree.tokens.length) return tree;
  const place = new Map<number, number>([[-1, -1]]);
  for (const [i, node] of kept.entries()) place.set(node, i);
  const { tokens, parents, confidences, proposals } = tree;
  return {
    tokens: kept.map((node) => tokens[node] ?? -1),
    parents: kept.map((node) => place.get(parents[node] ?? -1) ?? -1),
    ...(confidences === undefined ? {} : { confidences: Float32Array.from(kept, (node) => confidences[node] ?? 0) }),
    ...(proposals === undefined ? {} : { proposals: proposals.filter((_, node) => place.has(node)) }),
  };
}

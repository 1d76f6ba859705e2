import type { DraftTree } from '../contracts/draft-tree.js';

/** These nodes of a tree, in this order: each once, behind its parent, which must be among them. Nothing is checked. */
export function subtree({ tokens, parents, confidences, proposals }: DraftTree, nodes: Iterable<number>): DraftTree {
  const kept = [...nodes];
  const places = new Map(kept.map((node, place) => [node, place]));
  const own = kept.map((node) => proposals?.[node]).filter((proposal) => proposal !== undefined);
  return {
    tokens: Int32Array.from(kept, (node) => tokens[node] ?? 0),
    parents: Int32Array.from(kept, (node) => places.get(parents[node] ?? -1) ?? -1),
    ...(confidences ? { confidences: Float32Array.from(kept, (node) => confidences[node] ?? 0) } : {}),
    ...(own.length > 0 ? { proposals: own } : {}),
  };
}

/** The first nodes of a tree, which are a tree because parents come before children; `undefined` for none. */
export function firstNodes(tree: DraftTree, nodes: number): DraftTree | undefined {
  return nodes === 0 ? undefined : subtree(tree, [...tree.tokens.keys()].slice(0, nodes));
}

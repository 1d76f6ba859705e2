import type { DraftTree } from '../contracts/draft-tree.js';
import type { ForwardInput, Sequence } from '../contracts/language-model.js';

/** What a round asks of a forward: row 0 belongs to the root, row i + 1 to node i. */
export function roundInput(sequence: Sequence, root: number, tree: DraftTree | undefined): ForwardInput {
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

/** The first nodes of a tree, which are a tree because parents come before children; `undefined` for none. */
export function firstNodes(tree: DraftTree, nodes: number): DraftTree | undefined {
  if (nodes === 0) return undefined;
  return subtree(tree, [...tree.tokens.keys()].slice(0, nodes));
}

/** These nodes of a tree, which are a tree themselves and come parents first. */
export function subtree({ tokens, parents, confidences, proposals }: DraftTree, nodes: readonly number[]): DraftTree {
  const places = new Map(nodes.map((node, place) => [node, place]));
  const kept = nodes.map((node) => proposals?.[node]).filter((proposal) => proposal !== undefined);
  return {
    tokens: Int32Array.from(nodes, (node) => tokens[node] ?? 0),
    parents: Int32Array.from(nodes, (node) => places.get(parents[node] ?? -1) ?? -1),
    ...(confidences ? { confidences: Float32Array.from(nodes, (node) => confidences[node] ?? 0) } : {}),
    ...(kept.length > 0 ? { proposals: kept } : {}),
  };
}

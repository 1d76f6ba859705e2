import type { DraftBudget, DraftTree } from '@foretoken/core';

/**
 * The first tree, unchanged and in front, with the nodes of the second that it lacks: the same token under the same
 * parent is one node, with the greater of both confidences. Nodes of the second come in their order as far as
 * `budget.nodes` and `budget.width` allow; a node that is left out takes what hangs off it along. Confidences are kept
 * when both trees have them.
 */
export function mergeTrees(first: DraftTree, second: DraftTree, budget: DraftBudget): DraftTree {
  const tokens: number[] = [];
  const parents: number[] = [];
  const confidences: number[] = [];
  /** Children of the root, then of each node: token to node. */
  const children: Map<number, number>[] = [new Map()];

  const add = (tree: DraftTree, node: number, parent: number): number => {
    const token = tree.tokens[node] ?? 0;
    const merged = tokens.length;
    tokens.push(token);
    parents.push(parent);
    confidences.push(tree.confidences?.[node] ?? 0);
    children.push(new Map());
    const siblings = children[parent + 1];
    if (siblings !== undefined && !siblings.has(token)) siblings.set(token, merged);
    return merged;
  };

  for (let node = 0; node < first.tokens.length; node++) add(first, node, first.parents[node] ?? -1);
  /** Where each node of the second tree went; -2 for nowhere. */
  const places: number[] = [];
  for (let node = 0; node < second.tokens.length; node++) {
    const own = second.parents[node] ?? -1;
    const parent = own < 0 ? -1 : (places[own] ?? -2);
    const siblings = children[parent + 1];
    const known = siblings?.get(second.tokens[node] ?? 0);
    const isRoom = siblings !== undefined && siblings.size < budget.width && tokens.length < budget.nodes;
    if (known !== undefined) {
      confidences[known] = Math.max(confidences[known] ?? 0, second.confidences?.[node] ?? 0);
      places.push(known);
    } else {
      places.push(isRoom ? add(second, node, parent) : -2);
    }
  }
  return {
    tokens: Int32Array.from(tokens),
    parents: Int32Array.from(parents),
    ...(first.confidences && second.confidences ? { confidences: Float32Array.from(confidences) } : {}),
  };
}

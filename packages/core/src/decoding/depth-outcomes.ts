import type { DepthOutcome } from '../contracts/draft-controller.js';
import type { DraftTree } from '../contracts/draft-tree.js';
import { draftDepths } from './validate-draft-tree.js';

/**
 * What became of each depth of a tree whose nodes `path` were accepted. A node was judged when its parent is on the
 * path (or is the root); of those, the greatest confidence is given.
 */
export function depthOutcomes(tree: DraftTree | undefined, path: readonly number[]): DepthOutcome[] {
  if (tree === undefined) return [];
  const drafted: number[] = [];
  const confidences: number[] = [];
  for (const [node, depth] of draftDepths(tree).entries()) {
    drafted[depth] = (drafted[depth] ?? 0) + 1;
    const confidence = tree.confidences?.[node];
    const judged = tree.parents[node] === (depth === 0 ? -1 : path[depth - 1]);
    if (confidence !== undefined && judged) confidences[depth] = Math.max(confidences[depth] ?? 0, confidence);
  }
  return drafted.map((nodes, depth) => {
    const confidence = confidences[depth];
    const outcome = { drafted: nodes, accepted: depth < path.length };
    return confidence === undefined ? outcome : { ...outcome, confidence };
  });
}

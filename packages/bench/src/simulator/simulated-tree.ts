import type { DraftBudget, DraftTree } from '@foretoken/core';
import type { TokenGuess } from './guessability.js';

/** The right token at a position of a text. */
export function rightToken(position: number): number {
  return 2 * position + 1;
}

/** A wrong guess at a position; there are as many as are wanted. */
function wrongToken(position: number, rank: number): number {
  return 2 * (position * 64 + rank);
}

interface SimulatedNode {
  readonly parent: number;
  readonly depth: number;
  /** Whether all above it are right. */
  readonly onText: boolean;
  /** Product of the confidences above it. */
  readonly path: number;
  /** Sum of (1 + rank) on its path: the smaller, the likelier. */
  readonly cost: number;
  rank: number;
}

/** The likeliest nodes by their ranks: a drafter does not know which of its guesses is right. */
export function simulatedTree(
  guesses: readonly TokenGuess[],
  position: number,
  { depth: most, width, nodes, minimumConfidence, minimumParent = minimumConfidence }: DraftBudget,
): DraftTree | undefined {
  if (guesses[position]?.found !== true) return undefined;
  const tokens: number[] = [];
  const parents: number[] = [];
  const confidences: number[] = [];
  const waiting: SimulatedNode[] = [{ parent: -1, depth: 0, onText: true, path: 1, cost: 0, rank: 0 }];
  while (tokens.length < nodes) {
    let next: SimulatedNode | undefined;
    for (const node of waiting) if (next === undefined || node.cost + node.rank < next.cost + next.rank) next = node;
    if (next === undefined) break;
    const { parent, depth, onText, cost, rank } = next;
    const guess = guesses[position + depth];
    const confidence = rank === 0 ? guess?.confidence : guess?.confidence === undefined ? undefined : 0;
    const path = next.path * (confidence ?? 1);
    if (++next.rank >= width) waiting.splice(waiting.indexOf(next), 1);
    if (guess === undefined || path < minimumConfidence) continue;
    const isRight = onText && rank === guess.rank;
    const node = tokens.length;
    tokens.push(isRight ? rightToken(position + depth) : wrongToken(position + depth, rank));
    parents.push(parent);
    confidences.push(confidence ?? -1);
    if (depth + 1 < most && path >= minimumParent) {
      waiting.push({ parent: node, depth: depth + 1, onText: isRight, path, cost: cost + rank + 1, rank: 0 });
    }
  }
  if (tokens.length === 0) return undefined;
  return {
    tokens: Int32Array.from(tokens),
    parents: Int32Array.from(parents),
    ...(confidences.some((confidence) => confidence < 0) ? {} : { confidences: Float32Array.from(confidences) }),
  };
}

/** The accepted nodes of a tree that hangs off a position, and the tokens that come of it. */
export function acceptedPath(tree: DraftTree | undefined, position: number): number[] {
  const path: number[] = [];
  for (const [node, token] of (tree?.tokens ?? new Int32Array(0)).entries()) {
    if (tree?.parents[node] === (path.at(-1) ?? -1) && token === rightToken(position + path.length)) path.push(node);
  }
  return path;
}

import type { Guess } from './guess-distribution.js';

/** A guess in a growing tree. */
export interface TreeNode {
  readonly token: number;
  readonly parent: TreeNode | undefined;
  /** Guesses from the root, 1 for its child. */
  readonly depth: number;
  /** Given that the parent is right. */
  readonly confidence: number;
  /** Of the whole path: the product of its confidences. */
  readonly probability: number;
}

/** The most probable nodes seen so far. Each has its parent before it, since no child is likelier than its parent. */
export class LikeliestTree {
  readonly #most: number;
  readonly #minimum: number;
  #nodes: TreeNode[] = [];

  constructor(options: { readonly nodes: number; readonly minimumConfidence: number }) {
    this.#most = options.nodes;
    this.#minimum = options.minimumConfidence;
  }

  /** Likeliest first; among equals, the one that was offered first. */
  get nodes(): readonly TreeNode[] {
    return this.#nodes;
  }

  /** Offers the children of several parents at once, and drops what is no longer among the most probable. */
  offer(children: readonly { readonly parent: TreeNode | undefined; readonly guesses: readonly Guess[] }[]): void {
    const offered = children.flatMap(({ parent, guesses }) =>
      guesses.map(
        ({ token, probability }): TreeNode => ({
          token,
          parent,
          depth: (parent?.depth ?? 0) + 1,
          confidence: Math.min(probability, 1),
          probability: (parent?.probability ?? 1) * Math.min(probability, 1),
        }),
      ),
    );
    // Sorting is stable, so a child of the same probability stays behind its parent.
    this.#nodes = [...this.#nodes, ...offered.filter(({ probability }) => probability >= this.#minimum)]
      .sort((a, b) => b.probability - a.probability)
      .slice(0, this.#most);
  }
}

/** Place of each node's parent among `nodes`, -1 for a child of the root. Shape [nodes]. */
export function parentPlaces(nodes: readonly TreeNode[]): Int32Array {
  const places = new Map<TreeNode | undefined, number>(nodes.map((node, place) => [node, place]));
  return Int32Array.from(nodes, ({ parent }) => places.get(parent) ?? -1);
}

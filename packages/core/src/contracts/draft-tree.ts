/**
 * Guessed continuations of one sequence, as a tree below the last accepted token. A chain of K guesses is a tree of
 * width 1. Nodes are in topological order: `parents[i] < i`.
 */
export interface DraftTree {
  /** Token of each node. Shape [nodes]. */
  readonly tokens: Int32Array;
  /** Index of each node's parent, -1 for a child of the last accepted token. Shape [nodes]. */
  readonly parents: Int32Array;
  /** The drafter's own probability that a node is accepted, given that its parent was. Shape [nodes], values in [0, 1]. */
  readonly confidences?: Float32Array;
  /**
   * For each node the distribution q(. | path) it was *sampled* from; rejection sampling needs it.
   * A deterministic drafter leaves it out. Length [nodes].
   */
  readonly proposals?: readonly DraftProposal[];
}

/** A draft distribution over the vocabulary: whole, or its k most probable tokens (the rest has probability 0). */
export type DraftProposal =
  | { readonly kind: 'full' /** Shape [vocabularySize], sums to 1. */; readonly probabilities: Float32Array }
  | {
      readonly kind: 'sparse';
      /** Shape [k]. */
      readonly tokens: Int32Array;
      /** Shape [k], sums to 1. */
      readonly probabilities: Float32Array;
    };

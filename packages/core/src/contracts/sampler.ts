import type { TokenId } from './token.js';

/**
 * Chooses the next token from raw logits. Its state (penalty counts, random position, constraint) advances one
 * *accepted* token at a time through `accept`; sampling does not change it, so rejected guesses have no effect.
 */
export interface Sampler {
  /** `'argmax'` when the choice is always the highest logit (then full rows need not leave the device), else `'logits'`. */
  readonly needs: 'argmax' | 'logits';
  /** The token to emit next. Reads the state, does not change it: the same logits give the same token until `accept`. */
  sample(logits: Float32Array): TokenId;
  /**
   * The distribution that `sample` draws from, after penalties, bias, constraint, temperature and truncation.
   * `logits` and the result have shape [vocabularySize]; the result sums to 1.
   */
  distribution(logits: Float32Array): Float32Array;
  /** A uniform number in [0, 1) for a verifier's own decisions, from the same seeded stream. */
  random(): number;
  /** Advances the state by one emitted token. */
  accept(token: TokenId): void;
  /** An independent copy with the same state. */
  fork(): Sampler;
}

/** Restricts what may come next (a grammar, a schema). Follows accepted tokens only. */
export interface TokenConstraint {
  /** Sets the logits of forbidden tokens to -Infinity, in place. Shape [vocabularySize]. */
  mask(logits: Float32Array): void;
  /** Advances by one emitted token. */
  accept(token: TokenId): void;
  /** An independent copy with the same state. */
  fork(): TokenConstraint;
}

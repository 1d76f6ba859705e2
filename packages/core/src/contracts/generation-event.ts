import type { DecodingStatistics } from './decoding-statistics.js';
import type { RoundOutcome, StandardReason } from './draft-controller.js';
import type { DraftTree } from './draft-tree.js';
import type { TokenId } from './token.js';

/** Why generation ended. `stop`: an end token or a stop string; `length`: the token limit or the context; `abort`: the caller's signal. */
export type FinishReason = 'stop' | 'length' | 'abort';

/** What generation yields: one event a round, then one `finish`. */
export type GenerationEvent =
  | RoundEvent
  | {
      readonly kind: 'finish';
      readonly reason: FinishReason;
      /** Text still held back that turned out not to be a stop string. */
      readonly text: string;
      readonly statistics: DecodingStatistics;
    };

/** What a round brought. */
export interface RoundEvent {
  readonly kind: 'round';
  /** At least one. */
  readonly tokens: readonly GeneratedToken[];
  /** Of all its tokens. */
  readonly text: string;
  /** What was guessed, what of it was accepted, and where the time went. */
  readonly round: DecodingRound;
}

export interface GeneratedToken {
  readonly token: TokenId;
  /** Text that became certain with this token; may be empty (half a character, a possible stop string). */
  readonly text: string;
  /** Whether the token was a guess that the target accepted, or the target's own choice. */
  readonly origin: 'draft' | 'target';
  /** Present when the request asked for it. */
  readonly logprobs?: TokenLogprobs;
}

/** The model's own view of one position, before any sampler setting: natural logarithms of probabilities. */
export interface TokenLogprobs {
  /** Of the emitted token. */
  readonly logprob: number;
  /** The likeliest tokens, likeliest first. Shapes [as many as were asked for]. */
  readonly top: { readonly tokens: readonly number[]; readonly logprobs: readonly number[] };
}

/**
 * Why a round has no guesses or fewer than planned. `drafter-error`: the drafter threw or proposed an invalid tree.
 * `drafter-timeout`: it took too long. `drafter-resting`: it failed before and is not asked for a while. `kv-capacity`:
 * the KV cache had no room for the tree, which was made smaller or dropped.
 */
export type FallbackCause = 'drafter-error' | 'drafter-timeout' | 'drafter-resting' | 'kv-capacity';

/** One finished round. */
export interface DecodingRound extends RoundOutcome {
  /** Rounds of this generation before it. */
  readonly index: number;
  /** The parent of the first guesses: the last token before the round. */
  readonly root: TokenId;
  /** The guesses that the target scored; `undefined` in a standard round. */
  readonly tree: Omit<DraftTree, 'proposals'> | undefined;
  /** Name of the drafter that each guess counts for. Length [drafted]. */
  readonly sources: readonly string[];
  /** Accepted nodes, root first. Shape [accepted]. */
  readonly path: readonly number[];
  /** Present in a round without guesses: why there are none. */
  readonly reason?: StandardReason;
  /** Present if the round continued without guesses, or with fewer than planned, because something failed. */
  readonly fallback?: FallbackCause;
}

import type { StandardReason } from './draft-controller.js';
import type { FallbackCause } from './generation-event.js';

/**
 * Counters of decoding, of one generation or of all generations of an engine. Ratios are derived from it, such as
 * `acceptanceRate`.
 */
export interface DecodingStatistics {
  readonly promptTokens: number;
  /** Those of them whose KV entries were reused from another request. */
  readonly reusedPromptTokens: number;
  readonly generatedTokens: number;
  /** Target forwards after prefill; sequences that share one count it once each. */
  readonly rounds: number;
  /** Rounds without guesses. */
  readonly standardRounds: number;
  /** The same by reason; reasons that did not occur are left out. */
  readonly standardReasons: Readonly<Partial<Record<StandardReason, number>>>;
  /** Guesses that the target scored. */
  readonly draftedTokens: number;
  readonly acceptedTokens: number;
  /** Index d: how often a guess at depth d (0 = first) was accepted. Length: the greatest depth guessed. */
  readonly acceptedPerDepth: readonly number[];
  /** The same by the name of the drafter that guessed; `rounds`: those with guesses of it. */
  readonly byDrafter: Readonly<Record<string, Pick<DecodingStatistics, 'rounds' | 'draftedTokens' | 'acceptedTokens'>>>;
  /** How often a plan was chosen: `standard`, or `<drafter>:<depth>`. */
  readonly plans: Readonly<Record<string, number>>;
  /** Times that a sequence's plan changed from one round to its next. */
  readonly planChanges: number;
  /** Rounds that continued without guesses, or with fewer than planned, because something failed. */
  readonly fallbacks: Readonly<Partial<Record<FallbackCause, number>>>;
  /** Times that a drafter threw, took too long or proposed an invalid tree; such a round continues without guesses. */
  readonly drafterErrors: number;
  readonly milliseconds: {
    readonly prefill: number;
    readonly draft: number;
    readonly forward: number;
    readonly verify: number;
    /** What the last three took in rounds without guesses. */
    readonly standard: number;
    /** From the end of prefill to the last token. */
    readonly decode: number;
  };
}

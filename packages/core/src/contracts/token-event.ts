import type { TokenId } from './token.js';

/** Why generation ended. `stop`: an end token or a stop string; `length`: the token limit or the context; `abort`: the caller's signal. */
export type FinishReason = 'stop' | 'length' | 'abort';

/** What generation yields: one event a token, then one `finish`. */
export type TokenEvent =
  | {
      readonly kind: 'token';
      readonly token: TokenId;
      /** Position among the generated tokens, from 0. */
      readonly index: number;
      /** Text that became certain with this token; may be empty (half a character, a possible stop string). */
      readonly text: string;
      /** Whether the token was a guess that the target accepted, or the target's own choice. */
      readonly origin: 'draft' | 'target';
    }
  | {
      readonly kind: 'finish';
      readonly reason: FinishReason;
      /** Text still held back that turned out not to be a stop string. */
      readonly text: string;
      readonly statistics: DecodingStatistics;
    };

/** Counters of one generation; ratios are derived from them. */
export interface DecodingStatistics {
  readonly promptTokens: number;
  readonly generatedTokens: number;
  /** Target forwards after prefill. */
  readonly rounds: number;
  /** Rounds without guesses. */
  readonly standardRounds: number;
  readonly drafted: number;
  readonly accepted: number;
  /** Times that a drafter threw or proposed a tree that is none; such a round goes on as a standard one. */
  readonly drafterErrors: number;
  readonly milliseconds: {
    readonly prefill: number;
    readonly draft: number;
    readonly forward: number;
    readonly verify: number;
    /** From the end of prefill to the last token. */
    readonly decode: number;
  };
}

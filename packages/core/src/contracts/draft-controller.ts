import type { DraftBudget } from './drafter.js';

/** Decides each round whether to speculate, with which drafter, how deep and how wide. One per sequence. */
export interface DraftController {
  readonly name: string;
  plan(situation: RoundSituation): DraftPlan;
  /** Learns from a finished round. */
  observe(outcome: RoundOutcome): void;
}

/** What a controller knows before a round. */
export interface RoundSituation {
  /** Names of the drafters at hand. */
  readonly drafters: readonly string[];
  /** Committed tokens of this sequence. */
  readonly contextLength: number;
  /** Tokens that may still be generated. */
  readonly remainingTokens: number;
  /** Sequences that share the target's forward this round. */
  readonly activeSequences: number;
  /** Tokens that the others have in the coming forward, prefill included, as far as is known. @default 0 */
  readonly otherTokens?: number;
  /** Those of them that are pieces of prompts, which are read whether anybody guesses or not. @default 0 */
  readonly promptTokens?: number;
}

/** What a round does. */
export type DraftPlan =
  | { readonly kind: 'standard' }
  | ({ readonly kind: 'speculate' /** Name of the drafter. */; readonly drafter: string } & DraftBudget);

/** What became of the guesses at one depth of a round. */
export interface DepthOutcome {
  /** Nodes guessed at this depth. */
  readonly drafted: number;
  /** Whether one of them was accepted. */
  readonly accepted: boolean;
  /**
   * The drafter's greatest confidence among the nodes here that hang off the accepted path (or off its end): the
   * guesses that were really judged. Absent when the drafter gives no confidences or nothing here was judged.
   */
  readonly confidence?: number;
}

/** What a round brought. */
export interface RoundOutcome {
  readonly plan: DraftPlan;
  /** Guessed tokens sent to the target (0 in a standard round or when the drafter had nothing). */
  readonly drafted: number;
  /** Guessed tokens accepted. */
  readonly accepted: number;
  /** Emitted tokens: accepted + 1, or fewer at the end. */
  readonly emitted: number;
  /** Index d: what became of depth d (0 = first guess). */
  readonly perDepth: readonly DepthOutcome[];
  /** Milliseconds spent in each step. `draft`: in asking drafters and letting them learn, not in planning. */
  readonly milliseconds: { readonly draft: number; readonly forward: number; readonly verify: number };
  readonly activeSequences: number;
  /** Tokens of all sequences in the round's forward, prefill included. @default 1 + drafted */
  readonly forwardTokens?: number;
  /** Those of them that were pieces of prompts. @default 0 */
  readonly promptTokens?: number;
  readonly contextLength: number;
}

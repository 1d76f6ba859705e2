import type { DraftTree } from './draft-tree.js';
import type { DraftBudget } from './drafter.js';
import type { TokenId } from './token.js';

/** Decides each round what is guessed. One per sequence. */
export interface DraftController {
  readonly name: string;
  /**
   * Called when the text so far is in the KV cache, before the first round: names a drafter that processes the text as
   * well, if that is expected to save time. @default no drafter does
   */
  readonly readAhead?: (situation: RoundSituation) => ReadAhead | undefined;
  /** A fixed plan, or one that asks several drafters first and then chooses among their proposals. */
  plan(situation: RoundSituation): DraftPlan | GatherPlan;
  /** Learns from a finished round. */
  observe(outcome: RoundOutcome): void;
}

/** A drafter that processes the text before it is asked to guess. */
export interface ReadAhead {
  /** Name of the drafter. */
  readonly drafter: string;
  /** Called with the cost when the whole text has been processed. */
  readonly done: (cost: { readonly tokens: number; readonly milliseconds: number }) => void;
}

/** A controller with fixed plans: it asks one drafter, or none. */
export interface DirectController extends DraftController {
  plan(situation: RoundSituation): DraftPlan;
}

/** What a controller knows before a round. */
export interface RoundSituation {
  /** Names of the available drafters. */
  readonly drafters: readonly string[];
  /**
   * Those of them whose guesses take considerable time compared with a forward pass (`Drafter.costly`). @default none
   */
  readonly costlyDrafters?: readonly string[];
  /** Committed tokens of this sequence. */
  readonly contextLength: number;
  /** Tokens that may still be generated. */
  readonly remainingTokens: number;
  /** Sequences that share the target's forward this round. */
  readonly activeSequences: number;
  /** Tokens that other sequences have in the next forward pass, prefill included, as far as is known. @default 0 */
  readonly otherTokens?: number | undefined;
  /** Those of them that are prompt chunks, which are in the pass whether there are guesses or not. @default 0 */
  readonly promptTokens?: number | undefined;
}

/**
 * Why a round has no guesses. `no-proposals`: no drafter had a guess. `not-worth-it`: scoring the proposals is not
 * expected to save time. `load`: it would save time if no other sequences shared the forward pass. `switched-off`: the
 * request asked for none. `drafter-failed`: a drafter threw, took too long or is not asked for some rounds after that.
 * `no-room`: the KV cache had no room for guesses. `last-token`: only one token may still be generated.
 */
export type StandardReason =
  | 'no-proposals'
  | 'not-worth-it'
  | 'load'
  | 'switched-off'
  | 'drafter-failed'
  | 'no-room'
  | 'last-token';

/** What one drafter is asked for. */
export interface DraftAsk extends DraftBudget {
  /** Name of the drafter. */
  readonly drafter: string;
}

/** What a round does. */
export type DraftPlan =
  | { readonly kind: 'standard' /** @default 'not-worth-it' */; readonly reason?: StandardReason }
  | ({
      readonly kind: 'speculate';
      /** Whose guesses the target scores; several names are joined by "+". */
    } & DraftAsk);

/**
 * Asks several drafters, merges their proposals into one tree with the probability of each node, and lets a chooser
 * decide which nodes the target scores. The chooser sees the trees of all sequences of a forward at once.
 */
export interface GatherPlan {
  readonly kind: 'gather';
  /** Asked in this order. */
  readonly asks: readonly DraftAsk[];
  /** Called with their proposals: names a costly drafter to ask as well, if that is expected to save time. */
  askMore(proposals: readonly DrafterProposal[]): DraftAsk | undefined;
  /** Called once with all proposals. `undefined`: there are none. */
  weigh(proposals: readonly DrafterProposal[]): WeighedTree | undefined;
  /** Rounds of a forward whose plans name the same chooser are decided together. */
  readonly chooser: NodeChooser;
}

/** What a drafter answered. */
export interface DrafterProposal {
  readonly drafter: string;
  /** Checked, with at least one node; `undefined`: it had no guess, or failed. */
  readonly tree: DraftTree | undefined;
  /** What asking took. */
  readonly milliseconds: number;
}

/** All proposals of a round in one tree. */
export interface WeighedTree {
  readonly tree: DraftTree;
  /** Probability that a node and all above it are accepted: no node has more than its parent. Shape [nodes]. */
  readonly survival: Float64Array;
  /** Name of the drafter that each node counts for. Length [nodes]. */
  readonly sources: readonly string[];
}

/** A sequence's part of a forward that is to be decided. */
export interface WeighedRound {
  readonly weighed: WeighedTree | undefined;
  /** Most nodes that this sequence may have. Integer >= 0. */
  readonly maximumNodes: number;
  /** What its drafters took. */
  readonly milliseconds: number;
}

/** Nodes that a sequence's tree keeps, in the order they shall have (parents first), or why there are none. */
export type NodeChoice =
  | { readonly kind: 'nodes'; readonly nodes: readonly number[] }
  | { readonly kind: 'standard'; readonly reason: StandardReason };

/** Decides for all sequences of a forward which of their nodes the target scores. */
export interface NodeChooser {
  /** `otherTokens`: what else is in the forward besides these sequences. One choice for each round, in their order. */
  choose(rounds: readonly WeighedRound[], otherTokens: number): readonly NodeChoice[];
}

/** The outcome of the guesses at one depth of a round. */
export interface DepthOutcome {
  /** Nodes guessed at this depth. */
  readonly drafted: number;
  /** Whether one of them was accepted. */
  readonly accepted: boolean;
  /**
   * The drafter's greatest confidence among the nodes here whose parent is on the accepted path, which are the guesses
   * that were verified. Absent if the drafter gives no confidences or no node here was verified.
   */
  readonly confidence?: number;
}

/** The outcome of a round. */
export interface RoundOutcome {
  readonly plan: DraftPlan;
  /** Guessed tokens that the target scored (0 in a standard round or if the drafter had no guess). */
  readonly drafted: number;
  /** Guessed tokens accepted. */
  readonly accepted: number;
  /** Emitted tokens: accepted + 1, or fewer at the end. */
  readonly emitted: number;
  /** Tokens that the round appended: those of the accepted path, then the target's own. Length [emitted]. */
  readonly tokens: readonly TokenId[];
  /** Index d: the outcome at depth d (0 = first guess). */
  readonly perDepth: readonly DepthOutcome[];
  /** Milliseconds spent in each step. `draft`: in asking drafters and letting them learn, not in planning. */
  readonly milliseconds: { readonly draft: number; readonly forward: number; readonly verify: number };
  readonly activeSequences: number;
  /** Tokens of all sequences in the round's forward, prefill included. @default 1 + drafted */
  readonly forwardTokens?: number;
  /** Those of them that were prompt chunks. @default 0 */
  readonly promptTokens?: number;
  readonly contextLength: number;
}

import type { DraftTree } from './draft-tree.js';
import type { DraftBudget } from './drafter.js';
import type { TokenId } from './token.js';

/** Decides each round what is guessed. One per sequence. */
export interface DraftController {
  readonly name: string;
  /**
   * Asked when the text so far is in the KV cache, before the first round: the drafter that reads it as well, where that
   * is expected to pay. @default none does
   */
  readonly readAhead?: (situation: RoundSituation) => ReadAhead | undefined;
  /** A plan that stands, or one that asks several drafters first and then chooses among what they proposed. */
  plan(situation: RoundSituation): DraftPlan | GatherPlan;
  /** Learns from a finished round. */
  observe(outcome: RoundOutcome): void;
}

/** A drafter that reads the text before it is asked to guess. */
export interface ReadAhead {
  /** Name of the drafter. */
  readonly drafter: string;
  /** Told what that took, when nothing is left to read. */
  readonly done: (cost: { readonly tokens: number; readonly milliseconds: number }) => void;
}

/** A controller whose plans stand: it asks one drafter, or none. */
export interface DirectController extends DraftController {
  plan(situation: RoundSituation): DraftPlan;
}

/** What a controller knows before a round. */
export interface RoundSituation {
  /** Names of the drafters at hand. */
  readonly drafters: readonly string[];
  /** Those of them whose guesses take time that counts beside a forward (`Drafter.costly`). @default none */
  readonly costlyDrafters?: readonly string[];
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

/**
 * Why a round has no guesses. `no-proposals`: no drafter had anything to say. `not-worth-it`: what they proposed is
 * not expected to pay for its rows. `load`: it would pay, if no other sequences shared the forward. `switched-off`:
 * the request asked for none. `drafter-failed`: a drafter threw, took too long or rests after that. `no-room`: the KV
 * cache had no place for guesses. `last-token`: a single token may still come.
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
 * Asks several drafters, merges what they propose into one tree that tells how likely each node is, and leaves it to a
 * chooser which nodes the target scores. The chooser sees the trees of all sequences of a forward at once.
 */
export interface GatherPlan {
  readonly kind: 'gather';
  /** Asked in this order. */
  readonly asks: readonly DraftAsk[];
  /** Called with their proposals: a costly drafter to ask as well, where that is expected to pay. */
  askMore(proposals: readonly DrafterProposal[]): DraftAsk | undefined;
  /** Called once with all proposals. `undefined`: there are none. */
  weigh(proposals: readonly DrafterProposal[]): WeighedTree | undefined;
  /** Rounds of a forward whose plans name the same chooser are decided together. */
  readonly chooser: NodeChooser;
}

/** What a drafter answered. */
export interface DrafterProposal {
  readonly drafter: string;
  /** Checked, with at least one node; `undefined`: it had nothing to say, or failed. */
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
  /** Tokens that the round appended: those of the accepted path, then the target's own. Length [emitted]. */
  readonly tokens: readonly TokenId[];
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

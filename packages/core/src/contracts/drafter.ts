import type { DraftTree } from './draft-tree.js';
import type { Scores, Sequence } from './language-model.js';
import type { TokenId } from './token.js';

/** Guesses the next tokens of sequences. One drafter serves many sequences, each through its own session. */
export interface Drafter {
  /** Short name, used by controllers, metrics and the command line. */
  readonly name: string;
  /**
   * Whether a guess takes considerable time compared with a forward pass of the target, as a pass of a draft model
   * does. A planner asks such a drafter only if that is expected to save time, and all others in every round. @default
   * false
   */
  readonly costly?: boolean;
  /**
   * Starts guessing for one sequence. `prompt` holds all its tokens so far, shape [n]; `target` is the target model's
   * state of the sequence, for a drafter that uses the target's own layers. A drafter that guesses from tokens alone
   * ignores it.
   */
  open(prompt: Int32Array, target?: DraftTarget): DraftSession;
}

/** The target model's state of a sequence that is being drafted for. */
export interface DraftTarget {
  /**
   * Holds every token but the last, which the next forward pass scores together with the guesses. The drafter must not
   * change it.
   */
  readonly sequence: Sequence;
}

/** A drafter's state for one sequence. */
export interface DraftSession {
  /** A tree within the budget, or `undefined` when there is nothing worth guessing (which costs nothing). */
  propose(budget: DraftBudget): Promise<DraftTree | undefined>;
  /**
   * Processes at most `tokens` more tokens of the text that the first guess depends on, so that this can be a part of
   * the prefill. @default absent: no processing is needed
   */
  readonly read?: ((tokens: number) => Promise<ReadProgress>) | undefined;
  /**
   * Reports which tokens were appended to the sequence in this round (accepted guesses and the target's own token),
   * shape [n], and the scores of the target's forward pass.
   */
  observe(accepted: Int32Array, round?: ScoredRound): void;
  /** Frees the session. Closing twice is harmless. */
  close(): void;
}

/** How much of the text a drafter has processed, in tokens. */
export interface ReadProgress {
  /** In this call. */
  readonly read: number;
  /** Still to be processed before the first guess. */
  readonly left: number;
}

/**
 * The target's forward pass of a round, for drafters that learn from its scores, which include those of rejected
 * guesses.
 */
export interface ScoredRound {
  /**
   * The last token before the round, below which the tree starts: row 0 of `scores` scores what follows it, row i + 1
   * what follows node i.
   */
  readonly root: TokenId;
  /** The guesses that were scored, of whichever drafter; `undefined` in a standard round. */
  readonly tree: DraftTree | undefined;
  /** Accepted nodes, root first. Shape [accepted]. */
  readonly path: readonly number[];
  /** Valid during the call only: the next forward pass makes them stale. */
  readonly scores: Scores;
}

/** How much a drafter may guess in one round. */
export interface DraftBudget {
  /** Longest path, in tokens. */
  readonly depth: number;
  /** Most children of any node. */
  readonly width: number;
  /** Most nodes in the tree. */
  readonly nodes: number;
  /** Don't guess a node whose probability of being accepted is below this, in [0, 1]. */
  readonly minimumConfidence: number;
  /**
   * For costly drafters: don't extend a node whose probability is below this, in [0, 1].
   * @default `minimumConfidence`
   */
  readonly minimumParent?: number;
}

import type { DraftTree } from './draft-tree.js';
import type { Scores, Sequence } from './language-model.js';
import type { TokenId } from './token.js';

/** Guesses how a sequence goes on. One drafter serves many sequences, each through its own session. */
export interface Drafter {
  /** Short name, used by controllers, metrics and the command line. */
  readonly name: string;
  /**
   * Whether a guess takes time that counts beside a forward, as a pass of a model does. A planner asks such a drafter
   * only where that pays; any other it asks in every round. @default false
   */
  readonly costly?: boolean;
  /**
   * Starts guessing for one sequence. `prompt` holds all its tokens so far, shape [n]; `target` is the target model's
   * own state of it, for a drafter that works inside the target. A drafter that guesses from tokens alone ignores it.
   */
  open(prompt: Int32Array, target?: DraftTarget): DraftSession;
}

/** The target model's side of a sequence that is being drafted for. */
export interface DraftTarget {
  /** Holds every token but the last, which the next forward scores together with the guesses. Not the drafter's to change. */
  readonly sequence: Sequence;
}

/** A drafter's state for one sequence. */
export interface DraftSession {
  /** A tree within the budget, or `undefined` when there is nothing worth guessing (which costs nothing). */
  propose(budget: DraftBudget): Promise<DraftTree | undefined>;
  /**
   * Reads what the first guess needs of the text so far, at most so many of its tokens, so that reading can be a part of
   * the prefill. @default absent: there is nothing to read
   */
  readonly read?: ((tokens: number) => Promise<ReadProgress>) | undefined;
  /**
   * Tells which tokens were appended to the sequence this round (accepted guesses and the target's own token), shape
   * [n], and what the target's forward showed.
   */
  observe(accepted: Int32Array, round?: ScoredRound): void;
  /** Frees the session. Closing twice is harmless. */
  close(): void;
}

/** How far a drafter has read, in tokens. */
export interface ReadProgress {
  /** In this call. */
  readonly read: number;
  /** To be read before the first guess. */
  readonly left: number;
}

/** A target forward of a round, as its drafter may learn from it: rejected guesses were scored too. */
export interface ScoredRound {
  /** The token that the tree hung off: row 0 of `scores` is what follows it, row i + 1 what follows node i. */
  readonly root: TokenId;
  /** The guesses that were scored, of whichever drafter; `undefined` in a standard round. */
  readonly tree: DraftTree | undefined;
  /** Accepted nodes, root first. Shape [accepted]. */
  readonly path: readonly number[];
  /** To be read during the call only: the next forward makes them stale. */
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
   * Of a drafter whose guesses take time: don't go on behind a node whose probability is below this, in [0, 1].
   * @default `minimumConfidence`
   */
  readonly minimumParent?: number;
}

import type { DraftTree } from './draft-tree.js';

/** Guesses how a sequence goes on. One drafter serves many sequences, each through its own session. */
export interface Drafter {
  /** Short name, used by controllers, metrics and the command line. */
  readonly name: string;
  /** Starts guessing for one sequence. `prompt` has shape [promptTokens]. */
  open(prompt: Int32Array): DraftSession;
}

/** A drafter's state for one sequence. */
export interface DraftSession {
  /** A tree within the budget, or `undefined` when there is nothing worth guessing (which costs nothing). */
  propose(budget: DraftBudget): Promise<DraftTree | undefined>;
  /** Tells which tokens were appended to the sequence this round (accepted guesses and the target's own token). Shape [n]. */
  observe(accepted: Int32Array): void;
  /** Frees the session. Closing twice is harmless. */
  close(): void;
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
}

import { setTimeout as wait } from 'node:timers/promises';
import type { Drafter, DraftTree, TokenConstraint } from '@foretoken/core';
import type { Tokenizer } from '@foretoken/core/text';
import type { AnswerCheck } from './answer-check.js';
import { ConstraintStateError } from './errors.js';
import { grammarDrafter } from './grammar-drafter.js';
import type { GrammarPlaces } from './grammar-places.js';
import { MaskedConstraint, maskTree } from './masked-constraint.js';
import { pruneTree } from './prune-tree.js';
import type { RoundQuestion } from './thread/protocol.js';

/** A constraint of one generation. */
export interface ConstraintSession {
  /** For the sampler of the generation: the object itself, not a fork, because the session follows what it accepts. */
  readonly constraint: TokenConstraint;
  /** Guesses the text that the constraint forces, for this generation only. */
  readonly drafter: Drafter;
  /** For `checkedAnswer`: checks what the constraint can't enforce. @default nothing */
  readonly check?: AnswerCheck;
  /**
   * Must be awaited before every forward pass, with the guesses of the round: returns those that the constraint allows
   * (with the nodes' order kept), `undefined` when none are left, and prepares the masks that verification may ask for.
   *
   * @throws {ForetokenError} `constraint-state` when the session is closed, `constraint-unavailable`.
   */
  prepareTree(tree: DraftTree | undefined): Promise<DraftTree | undefined>;
  /** Frees what the session holds. Closing twice is harmless. */
  close(): void;
}

/** Mostly it takes fewer than 2. */
const MOST_MILLISECONDS_FOR_GUESSES = 10;

const NO_TOKENS = new Int32Array(0);

/** A session on a grammar that lives in a thread, which may be lost and replaced between any two rounds. */
export function createConstraintSession(options: {
  readonly places: GrammarPlaces;
  readonly check: AnswerCheck | undefined;
  readonly tokenizer: Tokenizer;
  readonly vocabularySize: number;
  readonly onClose: () => void;
}): ConstraintSession {
  const { places, check, tokenizer, vocabularySize, onClose } = options;
  const constraint = new MaskedConstraint(tokenizer.endTokens);
  const walker = places.walker();
  let closed = false;

  return {
    constraint,
    ...(check === undefined ? {} : { check }),
    drafter: grammarDrafter({
      tokenizer,
      // A thread that is busy with somebody else's grammar must not hold up the round of all: it then has no guess.
      forced: async () => (closed ? '' : inTime(walker.forced(constraint.takeAccepted()))),
    }),
    async prepareTree(tree) {
      if (closed) throw new ConstraintStateError('The session of the constraint is closed.');
      const question: RoundQuestion = {
        accepted: constraint.takeAccepted(),
        tokens: tree?.tokens ?? NO_TOKENS,
        parents: tree?.parents ?? NO_TOKENS,
      };
      const answer = await walker.round(question);
      const kept = pruneTree(tree, answer.kept);
      constraint.standAt(maskTree(kept, answer, Math.ceil(vocabularySize / 32)));
      return kept;
    },
    close() {
      if (closed) return;
      closed = true;
      walker.close();
      onClose();
    },
  };
}

/** The promised text, or '' where it takes longer than a round should. */
function inTime(text: Promise<string>): Promise<string> {
  return Promise.race([text, wait(MOST_MILLISECONDS_FOR_GUESSES, '', { ref: false })]);
}

/** Discounted counts of rounds, as saved. */
export interface PersistenceState {
  /** Rounds after one whose whole draft was accepted, and those of them that accepted the first guess. */
  readonly after: number;
  readonly again: number;
  /** Rounds that accepted the first guess, and their emitted tokens. */
  readonly good: number;
  readonly goodTokens: number;
}

/** Observations after which one weighs 1/e. */
const WINDOW = 60;
/** Weight, in rounds, of there being no persistence. */
const PRIOR_WEIGHT = 6;

/**
 * Whether guessable text comes in passages. A longer draft is through a passage in fewer rounds, so that a smaller
 * share of rounds begins in one: what shorter drafts have shown per round then promises too much of longer ones.
 * Where each token is as guessable as the next nothing needs to be corrected.
 */
export class Persistence {
  #state: PersistenceState;
  #wasWhole = false;

  constructor(state?: PersistenceState) {
    this.#state = state ?? { after: 0, again: 0, good: 0, goodTokens: 0 };
  }

  observe({
    drafted,
    accepted,
    whole,
  }: {
    readonly drafted: number;
    readonly accepted: number;
    readonly whole: boolean;
  }): void {
    const discount = Math.exp(-1 / WINDOW);
    const { after, again, good, goodTokens } = this.#state;
    const passed = accepted > 0 ? 1 : 0;
    const counted = this.#wasWhole && drafted > 0;
    this.#wasWhole = whole;
    this.#state = {
      after: counted ? after * discount + 1 : after,
      again: counted ? again * discount + passed : again,
      good: passed ? good * discount + 1 : good,
      goodTokens: passed ? goodTokens * discount + accepted + 1 : goodTokens,
    };
  }

  /**
   * By how much fewer (or more) rounds accept their first guess with drafts of another length. `first`: chance of it
   * with the present ones; `accepted`: tokens that a round of the other drafts accepts at that chance.
   */
  correction(first: number, accepted: number): number {
    const { after, again, good, goodTokens } = this.#state;
    if (good === 0 || first <= 0 || first >= 1) return 1;
    const persistence = ((again + PRIOR_WEIGHT * first) / (after + PRIOR_WEIGHT) - first) / (1 - first);
    if (persistence <= 0) return 1;
    // So many tokens of guessable text there are to each round outside of it.
    const guessable = (first * goodTokens) / good;
    const rounds = guessable / (1 + accepted / first);
    const corrected = rounds / (rounds + 1 - first);
    return 1 + persistence * (corrected / first - 1);
  }

  save(): PersistenceState {
    return { ...this.#state };
  }
}

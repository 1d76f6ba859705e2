/** What the newest occurrences say about one guess: there is but one, all go on alike, or they go on differently. */
export type Agreement = 'single' | 'unanimous' | 'split';

/** Longest match that is told from a longer one, in tokens. */
export const LONGEST_MATCH = 25;

/** Shortest match of each class; the last class has no end. */
const CLASSES = [1, 2, 3, 4, 5, 6, 7, 9, 13, 17, LONGEST_MATCH] as const;

/**
 * How often the newest continuation was the next token, by class of matched length. Measured with SmolLM2-135M on
 * answers to 14 prompts of mixed kinds (1,859 tokens) and smoothed; 1 was not measured.
 */
const PRIORS: Readonly<Record<Agreement, readonly number[]>> = {
  single: [0.3, 0.53, 0.7, 0.72, 0.78, 0.82, 0.88, 0.9, 0.93, 0.95, 0.97],
  unanimous: [0.45, 0.7, 0.77, 0.83, 0.91, 0.94, 0.95, 0.97, 0.97, 0.98, 0.99],
  split: [0.15, 0.23, 0.28, 0.28, 0.38, 0.4, 0.4, 0.42, 0.7, 0.8, 0.88],
};

/** When the guesses before it were wrong: how often the next one was right. From the same measurement. */
const PRIOR_RUNNER_UP = [0.46, 0.35, 0.25] as const;

/** Tests that a prior counts for. A class sees a few dozen tests in an answer, which should soon outweigh it. */
const PRIOR_TESTS = 12;

interface Estimate {
  hits: number;
  tests: number;
}

/** Learns, for one sequence, how often a match of some length tells the next token. */
export class MatchConfidence {
  readonly #newest: Readonly<Record<Agreement, readonly Estimate[]>> = {
    single: PRIORS.single.map(estimate),
    unanimous: PRIORS.unanimous.map(estimate),
    split: PRIORS.split.map(estimate),
  };
  readonly #runnersUp = PRIOR_RUNNER_UP.map(estimate);

  /** Probability that the newest continuation of a match is right. */
  newest(matched: number, agreement: Agreement): number {
    return ratio(this.#newest[agreement][classOf(matched)]);
  }

  /** Probability that the guess of this rank (1 = first after the newest) is right when all before it were wrong. */
  runnerUp(rank: number): number {
    return ratio(this.#runnersUp[Math.min(rank, this.#runnersUp.length) - 1]);
  }

  /**
   * Learns from the next token: `guesses` are the distinct tokens that the occurrences went on with, newest first, and
   * the first of them came from a match of this length.
   */
  learn(matched: number, agreement: Agreement, guesses: readonly number[], token: number): void {
    const right = guesses.indexOf(token);
    count(this.#newest[agreement][classOf(matched)], right === 0);
    for (let rank = 1; rank < guesses.length && (right < 0 || rank <= right); rank++) {
      count(this.#runnersUp[Math.min(rank, this.#runnersUp.length) - 1], rank === right);
    }
  }
}

/** `followers` of `all` occurrences go on with the guess. */
export function agreementOf(followers: number, all: number): Agreement {
  if (all <= 1) return 'single';
  return followers === all ? 'unanimous' : 'split';
}

function estimate(prior: number): Estimate {
  return { hits: prior * PRIOR_TESTS, tests: PRIOR_TESTS };
}

function ratio(of: Estimate | undefined): number {
  return of === undefined ? 0 : of.hits / of.tests;
}

function count(of: Estimate | undefined, hit: boolean): void {
  if (of === undefined) return;
  of.tests++;
  if (hit) of.hits++;
}

function classOf(matched: number): number {
  let index = CLASSES.length - 1;
  while (index > 0 && (CLASSES[index] ?? 0) > matched) index--;
  return index;
}

/** What other drafters said in a node's place. */
export type Company = 'alone' | 'agreed' | 'disputed';

/** What decides how likely a guess is right, if its parent was. */
export interface Claim {
  readonly drafter: string;
  /** Guesses above it on its path. */
  readonly depth: number;
  /** The drafter's own probability, if it gave one. */
  readonly confidence: number | undefined;
  /** Its place among its drafter's guesses under the same parent, 0 = first; tells more where there is no confidence. */
  readonly rank: number;
  readonly company: Company;
}

/** Upper ends of the classes of confidences; there is one more above the last, and one for each rank without any. */
const CONFIDENCES = [0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];
const NO_CONFIDENCE = CONFIDENCES.length + 1;
const RANKS = 4;
const CLASSES = NO_CONFIDENCE + RANKS;
/** First depth of each class of depths. */
const DEPTHS = [0, 1, 2, 4, 8, 16];
/** Behind the classes of depths there is one of all depths, the prior of the others. */
const CELLS = CLASSES * (DEPTHS.length + 1);
const COMPANIES: readonly Company[] = ['alone', 'agreed', 'disputed'];

/** Tests that a prior counts for. */
const PRIOR_TESTS = 12;
/** A test weighs 1/e after so many others of its class. */
const MEMORY = 400;

/**
 * How often guesses are right whose parent was, by drafter, depth, the drafter's own confidence and whether other
 * drafters say the same. Shared by all sequences; what a sequence differs in is `SequenceAcceptance`'s.
 */
export class Acceptance {
  readonly #drafters = new Map<string, Counts>();

  probability(claim: Claim): number {
    const counts = this.#of(claim.drafter);
    const cell = cellOf(claim);
    const all = CLASSES * DEPTHS.length + (cell % CLASSES);
    const known = estimate(counts, cell, estimate(counts, all, ASSUMED[cell % CLASSES] ?? 0.5));
    if (claim.company === 'alone') return known;
    // Where two say the same, half of what would be wrong is right; where they differ, half of what would be right is.
    const prior = claim.company === 'agreed' ? 1 - (1 - known) / 2 : known / 2;
    return estimate(counts, cell + CELLS * COMPANIES.indexOf(claim.company), prior);
  }

  /** Whether its token came, given that its parent's had come. */
  learn(claim: Claim, right: boolean): void {
    const counts = this.#of(claim.drafter);
    const cell = cellOf(claim);
    count(counts, cell, right);
    count(counts, CLASSES * DEPTHS.length + (cell % CLASSES), right);
    if (claim.company !== 'alone') count(counts, cell + CELLS * COMPANIES.indexOf(claim.company), right);
    // What a drafter is worth at a depth before it has said how sure it is.
    if (claim.confidence !== undefined) count(counts, cellOf({ ...claim, confidence: undefined }), right);
  }

  #of(drafter: string): Counts {
    const known = this.#drafters.get(drafter);
    if (known !== undefined) return known;
    const size = CELLS * COMPANIES.length;
    const fresh = { right: new Float64Array(size), tests: new Float64Array(size) };
    this.#drafters.set(drafter, fresh);
    return fresh;
  }
}

interface Counts {
  readonly right: Float64Array;
  readonly tests: Float64Array;
}

function estimate({ right, tests }: Counts, cell: number, prior: number): number {
  return ((right[cell] ?? 0) + prior * PRIOR_TESTS) / ((tests[cell] ?? 0) + PRIOR_TESTS);
}

function count({ right, tests }: Counts, cell: number, hit: boolean): void {
  right[cell] = (right[cell] ?? 0) * (1 - 1 / MEMORY) + (hit ? 1 : 0);
  tests[cell] = (tests[cell] ?? 0) * (1 - 1 / MEMORY) + 1;
}

function cellOf({ depth, confidence, rank }: Omit<Claim, 'drafter' | 'company'>): number {
  let depths = DEPTHS.length - 1;
  while (depths > 0 && (DEPTHS[depths] ?? 0) > depth) depths--;
  return depths * CLASSES + classOf(confidence, rank);
}

function classOf(confidence: number | undefined, rank: number): number {
  if (confidence === undefined) return NO_CONFIDENCE + Math.min(rank, RANKS - 1);
  let index = 0;
  while (index < CONFIDENCES.length && (CONFIDENCES[index] ?? 1) <= confidence) index++;
  return index;
}

/** Before any test a confidence is taken at its word, and a first guess without one at 0.6. */
const ASSUMED = Array.from({ length: CLASSES }, (_, index) => {
  if (index >= NO_CONFIDENCE) return 0.6 * 0.3 ** (index - NO_CONFIDENCE);
  return ((CONFIDENCES[index - 1] ?? 0) + (CONFIDENCES[index] ?? 1)) / 2;
});

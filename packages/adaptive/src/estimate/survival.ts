/** Discounted counts per depth (index 0 = first guess), as saved. */
export interface SurvivalState {
  /** Rounds whose guesses above were all accepted, so that a guess at this depth would have been judged. */
  readonly asked: readonly number[];
  /** Of these, rounds that had one. */
  readonly tested: readonly number[];
  /** Of these, rounds that accepted one. */
  readonly passed: readonly number[];
  /** Sum of the acceptance that their confidences stood for; 0 without confidences. */
  readonly claimed: readonly number[];
  /** Tested and passed over a much longer time: first guesses, then all later ones. */
  readonly longTested: readonly number[];
  readonly longPassed: readonly number[];
}

/** What became of one depth of a round that got so far. `undefined`: nothing was guessed there. */
export type JudgedDepth =
  | { readonly accepted: boolean /** Acceptance that its confidence stands for. */; readonly claim: number | undefined }
  | undefined;

/** Of the rounds that get to a depth. */
export interface DepthForecast {
  /** Share that has a guess there, in [0, 1]. */
  readonly proposed: number;
  /** Share of those that accepts one, in [0, 1]. */
  readonly accepted: number;
}

/** Weight, in tested tokens, of the long run against what a first guess has lately shown, and of all later depths against one. */
const FIRST_POOLING = 2;
const LATER_POOLING = 4;
/** The same of what the confidences at this depth stand for, which rests on many more tests. */
const CLAIM_WEIGHT = 8;
/** Weight, in tested tokens, of what is assumed of an unknown drafter. */
const PRIOR_WEIGHT = 2;
/** What a drafter has shown in this many times the window is believed of it where recent tests are few. */
const LONG_WINDOW = 4;
/** Weight of the long run, in tested tokens, after a change. */
const LONG_AFTER_CHANGE = 12;

/**
 * How far guesses survive. A guess below a rejected one is never judged, so acceptance is kept as a hazard: of the
 * rounds that got to depth d with a guess, how many passed it (the estimator of Kaplan and Meier, "Nonparametric
 * Estimation from Incomplete Observations", 1958). Whether there was a guess at all is counted apart. A count is
 * discounted by observations of its own depth: what isn't tested isn't forgotten.
 */
export class Survival {
  readonly #discount: number;
  readonly #asked: number[];
  readonly #tested: number[];
  readonly #passed: number[];
  readonly #claimed: number[];
  readonly #longDiscount: number;
  readonly #longTested: number[];
  readonly #longPassed: number[];

  /** `window`: observations after which one weighs 1/e. */
  constructor(window: number, state?: SurvivalState) {
    this.#discount = Math.exp(-1 / window);
    this.#asked = [...(state?.asked ?? [])];
    this.#tested = [...(state?.tested ?? [])];
    this.#passed = [...(state?.passed ?? [])];
    this.#claimed = [...(state?.claimed ?? [])];
    this.#longDiscount = Math.exp(-1 / (window * LONG_WINDOW));
    this.#longTested = [state?.longTested[0] ?? 0, state?.longTested[1] ?? 0];
    this.#longPassed = [state?.longPassed[0] ?? 0, state?.longPassed[1] ?? 0];
  }

  /** Takes in how far a round got: one entry for each depth that could be judged. */
  observe(depths: readonly JudgedDepth[]): void {
    for (const [depth, judged] of depths.entries()) {
      this.#count(this.#asked, depth, 1);
      this.#count(this.#tested, depth, judged === undefined ? 0 : 1);
      this.#count(this.#passed, depth, judged?.accepted === true ? 1 : 0);
      this.#count(this.#claimed, depth, judged?.claim ?? 0);
      if (judged === undefined) continue;
      const group = Math.min(depth, 1);
      this.#longTested[group] = (this.#longTested[group] ?? 0) * this.#longDiscount + 1;
      this.#longPassed[group] = (this.#longPassed[group] ?? 0) * this.#longDiscount + (judged.accepted ? 1 : 0);
    }
  }

  /** For depths 0 to `depths` - 1. `prior`: what to assume of each while little is known. */
  forecast(depths: number, prior: (depth: number) => DepthForecast): DepthForecast[] {
    const forecasts: DepthForecast[] = [];
    let [proposedAbove, firstAccepted] = [1, 0];
    for (let depth = 0; depth < depths; depth++) {
      const assumed = prior(depth);
      const asked = this.#asked[depth] ?? 0;
      const tested = this.#tested[depth] ?? 0;
      const claimed = this.#claimed[depth] ?? 0;
      // The first guess and later ones are different populations: a later one has an accepted one above it.
      const group = Math.min(depth, 1);
      // Whoever guessed right once is at least as likely to do so again.
      const hoped = Math.max(assumed.accepted, firstAccepted);
      const pooled =
        ((this.#longPassed[group] ?? 0) + PRIOR_WEIGHT * hoped) / ((this.#longTested[group] ?? 0) + PRIOR_WEIGHT);
      const belief = claimed > 0 ? claimed / tested : pooled;
      const weight = claimed > 0 ? CLAIM_WEIGHT : depth === 0 ? FIRST_POOLING : LATER_POOLING;
      // A depth that was never asked for ends as many drafts as the one above it.
      const expected = asked === 0 && depth > 1 ? proposedAbove : Math.min(assumed.proposed, 1);
      const proposed = (tested + expected) / (asked + 1);
      proposedAbove = proposed;
      const accepted = ((this.#passed[depth] ?? 0) + weight * belief) / (tested + weight);
      if (depth === 0) firstAccepted = accepted;
      forecasts.push({ proposed, accepted });
    }
    return forecasts;
  }

  /** Lets what was seen weigh at most `weight` rounds, when it may no longer hold. */
  soften(weight: number): void {
    for (const [depth, asked] of this.#asked.entries()) {
      const factor = weight / Math.max(weight, asked);
      for (const counts of [this.#asked, this.#tested, this.#passed, this.#claimed]) {
        counts[depth] = (counts[depth] ?? 0) * factor;
      }
    }
  }

  /** Forgets also what was seen in the long run, but for a little: the content changed. */
  forget(weight: number): void {
    this.soften(weight);
    for (const [group, tested] of this.#longTested.entries()) {
      const factor = LONG_AFTER_CHANGE / Math.max(LONG_AFTER_CHANGE, tested);
      this.#longTested[group] = tested * factor;
      this.#longPassed[group] = (this.#longPassed[group] ?? 0) * factor;
    }
  }

  save(): SurvivalState {
    return {
      asked: [...this.#asked],
      tested: [...this.#tested],
      passed: [...this.#passed],
      claimed: [...this.#claimed],
      longTested: [...this.#longTested],
      longPassed: [...this.#longPassed],
    };
  }

  #count(counts: number[], depth: number, value: number): void {
    counts[depth] = (counts[depth] ?? 0) * this.#discount + value;
  }
}

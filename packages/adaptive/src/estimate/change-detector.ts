/** Rounds after which a surprise weighs 1/e. */
const WINDOW = 6;
/** Standard deviations that are no accident. */
const LIMIT = 3.5;
/** By so much the limit rises with each change that is told, and in so many rounds that wears off by a factor of e: content that comes and goes all the time is no change. */
const RISE = 1;
const RISE_WINDOW = 60;
/** Least variance of a round, so that a lone surprise of a sure drafter is none. */
const LEAST_VARIANCE = 0.08;

/**
 * Tells when guesses survive much better or worse than expected for several rounds: surprises are summed with a short
 * memory and compared with the spread that their sum would have if nothing had changed (a geometric moving average
 * chart: Roberts, "Control Chart Tests Based on Geometric Moving Averages", 1959).
 */
export class ChangeDetector {
  #surprise = 0;
  #variance = 0;
  #rise = 0;

  /** Takes in one round: for each judged guess whether it was accepted, and the chance that it was thought to have. */
  observe(judged: readonly { readonly accepted: boolean; readonly expected: number }[]): 'none' | 'better' | 'worse' {
    if (judged.length === 0) return 'none';
    const discount = Math.exp(-1 / WINDOW);
    let [surprise, variance] = [0, 0];
    for (const { accepted, expected } of judged) {
      surprise += (accepted ? 1 : 0) - expected;
      variance += expected * (1 - expected);
    }
    this.#surprise = this.#surprise * discount + surprise;
    this.#variance = this.#variance * discount ** 2 + Math.max(LEAST_VARIANCE, variance);
    this.#rise *= Math.exp(-1 / RISE_WINDOW);
    if (Math.abs(this.#surprise) < (LIMIT + this.#rise) * Math.sqrt(this.#variance)) return 'none';
    this.#rise += RISE;
    const change = this.#surprise > 0 ? 'better' : 'worse';
    this.#surprise = 0;
    this.#variance = 0;
    return change;
  }
}

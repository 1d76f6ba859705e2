import type { Acceptance, Claim } from './acceptance.js';

/** How fast each of a sequence's corrections follows; 0 keeps to what all sequences have shown. */
const RATES = [0, 0.1, 0.4];
/** Share of the weight that is dealt out anew with each test, so that a correction that was wrong can be right again. */
const SHARE = 0.02;
const MOST = 5;

interface Corrections {
  /** Added to the log-odds, one for each rate. */
  readonly offsets: number[];
  readonly weights: number[];
}

/**
 * What this sequence's text is like against what all have shown: corrections of the log-odds of each drafter that
 * follow at different rates, weighed by how well each has foretold lately (fixed share, Herbster and Warmuth, 1998).
 */
export class SequenceAcceptance {
  readonly #shared: Acceptance;
  readonly #drafters = new Map<string, Corrections>();

  constructor(shared: Acceptance) {
    this.#shared = shared;
  }

  probability(claim: Claim): number {
    const { offsets, weights } = this.#of(claim.drafter);
    const odds = logOdds(this.#shared.probability(claim));
    let sum = 0;
    for (let i = 0; i < RATES.length; i++) sum += (weights[i] ?? 0) * sigmoid(odds + (offsets[i] ?? 0));
    return sum;
  }

  /** `isFresh`: the latest proposal of its drafter; earlier ones foretold the same token and would count it again. */
  learn(claim: Claim, right: boolean, isFresh: boolean): void {
    if (isFresh) this.#correct(this.#of(claim.drafter), logOdds(this.#shared.probability(claim)), right);
    this.#shared.learn(claim, right);
  }

  #correct({ offsets, weights }: Corrections, odds: number, right: boolean): void {
    let sum = 0;
    for (const [i, rate] of RATES.entries()) {
      const offset = offsets[i] ?? 0;
      const foretold = sigmoid(odds + offset);
      weights[i] = (weights[i] ?? 0) * (right ? foretold : 1 - foretold);
      sum += weights[i] ?? 0;
      offsets[i] = Math.max(-MOST, Math.min(MOST, offset + rate * ((right ? 1 : 0) - foretold)));
    }
    for (let i = 0; i < RATES.length; i++) {
      weights[i] = (1 - SHARE) * (sum > 0 ? (weights[i] ?? 0) / sum : 1 / RATES.length) + SHARE / RATES.length;
    }
  }

  #of(drafter: string): Corrections {
    const known = this.#drafters.get(drafter);
    if (known !== undefined) return known;
    const fresh = { offsets: RATES.map(() => 0), weights: RATES.map(() => 1 / RATES.length) };
    this.#drafters.set(drafter, fresh);
    return fresh;
  }
}

function logOdds(probability: number): number {
  const inside = Math.max(0.002, Math.min(0.998, probability));
  return Math.log(inside / (1 - inside));
}

function sigmoid(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

import { monotone } from './monotone.js';

/** Discounted counts per bin of confidence, lowest first, as saved. */
export interface ConfidenceMapState {
  readonly tested: readonly number[];
  readonly passed: readonly number[];
}

/** Bins of equal width over [0, 1]. */
export const CONFIDENCE_BINS = 10;
/** Weight, in tested tokens, of taking a confidence at its word. */
const PRIOR_WEIGHT = 3;

/**
 * What a drafter's confidences are worth: acceptance per bin of confidence. A confidence is taken at its word until
 * tests say otherwise, and a higher one never stands for less (isotonic regression, Barlow et al., "Statistical
 * Inference under Order Restrictions", 1972).
 */
export class ConfidenceMap {
  readonly #discount: number;
  readonly #tested: number[];
  readonly #passed: number[];
  #acceptance: readonly number[] | undefined;

  /** `window`: observations of a bin after which one weighs 1/e. */
  constructor(window: number, state?: ConfidenceMapState) {
    this.#discount = Math.exp(-1 / window);
    this.#tested = Array.from({ length: CONFIDENCE_BINS }, (_, bin) => state?.tested[bin] ?? 0);
    this.#passed = Array.from({ length: CONFIDENCE_BINS }, (_, bin) => state?.passed[bin] ?? 0);
  }

  observe(confidence: number, accepted: boolean): void {
    const bin = binOf(confidence);
    this.#tested[bin] = (this.#tested[bin] ?? 0) * this.#discount + 1;
    this.#passed[bin] = (this.#passed[bin] ?? 0) * this.#discount + (accepted ? 1 : 0);
    this.#acceptance = undefined;
  }

  /** Acceptance that a confidence in [0, 1] stands for. */
  acceptance(confidence: number): number {
    this.#acceptance ??= monotone(
      this.#tested.map((tested, bin) => {
        const word = (bin + 0.5) / CONFIDENCE_BINS;
        const weight = tested + PRIOR_WEIGHT;
        return { value: ((this.#passed[bin] ?? 0) + PRIOR_WEIGHT * word) / weight, variance: 1 / weight };
      }),
    );
    return this.#acceptance[binOf(confidence)] ?? confidence;
  }

  save(): ConfidenceMapState {
    return { tested: [...this.#tested], passed: [...this.#passed] };
  }
}

function binOf(confidence: number): number {
  return Math.min(CONFIDENCE_BINS - 1, Math.floor(confidence * CONFIDENCE_BINS));
}

import type { DepthOutcome, RoundOutcome } from '@foretoken/core';
import { ConfidenceMap, type ConfidenceMapState } from './confidence-map.js';
import { type DepthForecast, type JudgedDepth, Survival, type SurvivalState } from './survival.js';

/** What is known of a drafter's guesses, as saved. */
export interface AcceptanceState {
  /** Whether it has given confidences. */
  readonly confident: boolean;
  readonly confidences: ConfidenceMapState;
  /** One entry for each least confidence, ascending. */
  readonly levels: readonly (SurvivalState & { readonly minimumConfidence: number })[];
}

/** Least confidences to choose from. Denser where few guesses are left out: there the choice is worth most. */
const LEAST_CONFIDENCES = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** What a confidence is worth changes less than the content does. */
const CONFIDENCE_WINDOW = 4;
/** No draft is judged deeper than this. */
const DEEPEST = 64;

/**
 * How far a drafter's guesses survive at each least confidence it may be asked for. A round tells about every minimum
 * at or above its own: it is replayed as if each had been asked for, cut where the path's confidence (the product
 * from the first guess on) falls below. Of a lower minimum it tells nothing, since what was left out was never seen.
 */
export class AcceptanceEstimate {
  readonly #minima: readonly number[];
  readonly #levels: readonly Survival[];
  readonly #population: AcceptanceEstimate | undefined;
  readonly #confidences: ConfidenceMap;
  #confident: boolean;
  #seen = false;

  /**
   * `window`: observations after which one weighs 1/e. `floor`: the lowest minimum that may be asked for. `population`:
   * of the same drafter in all sequences, which learns what its confidences are worth.
   */
  constructor(
    options: { readonly window: number; readonly floor: number; readonly population?: AcceptanceEstimate | undefined },
    state?: AcceptanceState,
  ) {
    const { window, floor, population } = options;
    this.#minima = [floor, ...LEAST_CONFIDENCES.filter((minimum) => minimum > floor)];
    const saved = new Map(state?.levels.map((level) => [level.minimumConfidence, level]));
    this.#levels = this.#minima.map((minimum) => new Survival(window, saved.get(minimum)));
    this.#population = population;
    this.#confidences =
      population === undefined
        ? new ConfidenceMap(window * CONFIDENCE_WINDOW, state?.confidences)
        : population.#confidences;
    this.#confident = state?.confident ?? false;
    this.#seen = state?.levels.some(({ asked }) => (asked[0] ?? 0) > 0) ?? false;
  }

  /** Whether it was ever told of a round. */
  get wasSeen(): boolean {
    return this.#seen;
  }

  /** Least confidences that are worth telling apart: only the lowest while the drafter gives no confidences. */
  get minima(): readonly number[] {
    return (this.#population ?? this).#confident ? this.#minima : this.#minima.slice(0, 1);
  }

  /** Index of the lowest minimum that a round with this one tells about; past the end when there is none. */
  levelOf(minimumConfidence: number): number {
    const level = this.#minima.findIndex((minimum) => minimum >= minimumConfidence);
    return level === -1 ? this.#minima.length : level;
  }

  observe({ plan, perDepth, accepted, emitted }: RoundOutcome): void {
    if (plan.kind === 'standard') return;
    this.#seen = true;
    // Where generation ended inside the path, what came after it was not judged.
    const ended = emitted <= accepted;
    const depths = Math.min(plan.depth, DEEPEST, ended ? accepted : Number.POSITIVE_INFINITY);
    const judged: DepthOutcome[] = [];
    for (const outcome of perDepth.slice(0, depths)) {
      judged.push(outcome);
      if (!outcome.accepted) break;
    }
    const reached = judged.at(-1)?.accepted === false ? judged.length : Math.min(judged.length + 1, depths);
    for (let level = this.levelOf(plan.minimumConfidence); level < this.#levels.length; level++) {
      this.#levels[level]?.observe(this.#replay(judged, reached, this.#minima[level] ?? 0));
    }
    if (this.#population !== undefined) return;
    for (const outcome of judged) {
      const confidence = confidenceOf(outcome);
      if (confidence === undefined) continue;
      this.#confident = true;
      this.#confidences.observe(confidence, outcome.accepted);
    }
  }

  /** Forecasts of depths 0 to `depths` - 1 at each of `minima`. */
  forecast(depths: number, level: number, prior: (depth: number) => DepthForecast): DepthForecast[] {
    return this.#levels[level]?.forecast(depths, prior) ?? [];
  }

  /** Lets what was seen weigh at most `weight` rounds, when it may no longer hold. */
  soften(weight: number): void {
    for (const level of this.#levels) level.soften(weight);
  }

  /** Lets all that was seen weigh little: the content changed. */
  forget(weight: number): void {
    for (const level of this.#levels) level.forget(weight);
  }

  save(): AcceptanceState {
    const levels = this.#levels.map((level, index) => ({
      minimumConfidence: this.#minima[index] ?? 0,
      ...level.save(),
    }));
    return { confident: this.#confident, confidences: this.#confidences.save(), levels };
  }

  /** The round as it would have been with another minimum. */
  #replay(judged: readonly DepthOutcome[], reached: number, minimum: number): JudgedDepth[] {
    const depths: JudgedDepth[] = [];
    let path = 1;
    for (let depth = 0; depth < reached; depth++) {
      const outcome = judged[depth];
      const confidence = outcome === undefined ? undefined : confidenceOf(outcome);
      path *= confidence ?? 1;
      if (outcome === undefined || (confidence !== undefined && path < minimum)) return [...depths, undefined];
      const claim = confidence === undefined ? undefined : this.#confidences.acceptance(confidence);
      depths.push({ accepted: outcome.accepted, claim });
    }
    return depths;
  }
}

function confidenceOf({ confidence }: DepthOutcome): number | undefined {
  return confidence !== undefined && confidence >= 0 && confidence <= 1 ? confidence : undefined;
}

import {
  type CostAwareController,
  costAware,
  exponentialAverage,
  fixed,
  heuristic,
  standard,
} from '@foretoken/adaptive';
import { type DraftController, type ForwardTiming, InvalidArgumentError } from '@foretoken/core';
import { DEFAULT_DEPTHS, DEFAULT_MINIMUM_CONFIDENCE, MAX_DEPTH } from './defaults.js';

/** Who may decide how far to guess. */
export const CONTROLLERS = ['cost-aware', 'exponential-average', 'heuristic', 'fixed', 'standard'] as const;

/**
 * Who decides how far to guess each round.
 * - `cost-aware`: whatever is expected to give the most tokens a second by measured costs and acceptance; picks among
 *   all drafters at hand, and guesses nothing where that is fastest.
 * - `exponential-average`, `heuristic`: follow acceptance alone, as SGLang and transformers do.
 * - `fixed`: always the full depth.
 * - `standard`: never guesses.
 */
export type ControllerName = (typeof CONTROLLERS)[number];

/** Settings that are kept in mind at a time: a client of a server may send any number of them. */
const MOST_SETTINGS = 32;

/**
 * Makes the controllers of one loaded model, one for each generation; any number of generations may run at once. What
 * `cost-aware` learned is shared by all, and kept for those that come.
 */
export class Controllers {
  readonly #calibration: readonly ForwardTiming[];
  readonly #defaultDepth: number;
  readonly #learned = new Map<string, CostAwareController>();

  constructor(options: { readonly calibration: readonly ForwardTiming[]; readonly defaultDepth: number }) {
    this.#calibration = options.calibration;
    this.#defaultDepth = options.defaultDepth;
  }

  /**
   * A controller of one generation's own. Controllers that know a single drafter take the first.
   *
   * @throws {InvalidArgumentError} an unknown name, a depth outside 1 to `MAX_DEPTH`, or a confidence outside 0 to 1.
   */
  controller(options: {
    readonly name: ControllerName;
    readonly drafters: readonly string[];
    readonly depth: number | undefined;
    readonly minimumConfidence: number | undefined;
  }): DraftController {
    const { name, drafters, depth, minimumConfidence = DEFAULT_MINIMUM_CONFIDENCE } = options;
    checkDepth(depth);
    checkMinimumConfidence(minimumConfidence);
    checkControllerName(name);
    const [drafter] = drafters;
    if (drafter === undefined || name === 'standard') return standard();
    const most = depth ?? this.#defaultDepth;
    switch (name) {
      case 'cost-aware':
        return this.#costAware(depth, minimumConfidence).forSequence();
      case 'exponential-average':
        return exponentialAverage({ drafter, depths: depthsUpTo(most) });
      case 'heuristic':
        return heuristic({ drafter, initialDepth: Math.min(5, most), maximumDepth: most });
      case 'fixed':
        return fixed({ drafter, depth: most, minimumConfidence });
    }
  }

  #costAware(depth: number | undefined, minimumConfidence: number): CostAwareController {
    const key = `${depth} ${minimumConfidence}`;
    const depths = depth === undefined ? {} : { depths: depthsUpTo(depth) };
    const controller =
      this.#learned.get(key) ?? costAware({ calibration: this.#calibration, minimumConfidence, ...depths });
    // Asked for last, it goes last.
    this.#learned.delete(key);
    this.#learned.set(key, controller);
    const [oldest] = this.#learned.keys();
    if (this.#learned.size > MOST_SETTINGS && oldest !== undefined) this.#learned.delete(oldest);
    return controller;
  }
}

/** @throws {InvalidArgumentError} a depth outside 1 to `MAX_DEPTH`. */
export function checkDepth(depth: number | undefined): void {
  if (depth === undefined || (Number.isInteger(depth) && depth >= 1 && depth <= MAX_DEPTH)) return;
  throw new InvalidArgumentError(`depth must be a whole number from 1 to ${MAX_DEPTH}, not ${depth}.`, { depth });
}

/** @throws {InvalidArgumentError} a confidence outside 0 to 1. */
export function checkMinimumConfidence(minimumConfidence: number | undefined): void {
  if (minimumConfidence === undefined || (minimumConfidence >= 0 && minimumConfidence <= 1)) return;
  throw new InvalidArgumentError(`minimumConfidence must be from 0 to 1, not ${minimumConfidence}.`, {
    minimumConfidence,
  });
}

/** @throws {InvalidArgumentError} an unknown name. */
export function checkControllerName(name: string): void {
  if (CONTROLLERS.some((known) => known === name)) return;
  throw new InvalidArgumentError(`controller must be ${CONTROLLERS.join(', ')}, not ${JSON.stringify(name)}.`, {
    controller: name,
  });
}

/** The usual depths below a limit, and the limit. */
function depthsUpTo(limit: number): number[] {
  return [...DEFAULT_DEPTHS.filter((depth) => depth < limit), limit];
}

import { fixed, type Planner, planner, standard } from '@foretoken/adaptive';
import { type DraftController, type ForwardTiming, InvalidArgumentError } from '@foretoken/core';
import { MAX_DEPTH } from './defaults.js';

/** Names of the controllers, which decide how far to guess. */
export const CONTROLLERS = ['auto', 'fixed', 'off'] as const;

/**
 * The controller that decides in each round how far to guess.
 * - `auto`: of the guesses of all available drafters, scores those that give the most expected tokens per second, or
 *   none if that is fastest.
 * - `fixed`: always the full depth of the first drafter.
 * - `off`: never guesses.
 */
export type ControllerName = (typeof CONTROLLERS)[number];

/** What a controller of one generation is made for. */
export interface ControllerOptions {
  readonly name: ControllerName;
  /** Names of its drafters, in order of preference. */
  readonly drafters: readonly string[];
  readonly depth: number | undefined;
  readonly minimumConfidence: number | undefined;
}

/**
 * Creates the controllers of one loaded model, one for each generation; any number of generations may run at once. What
 * `auto` learns is shared by all generations, including later ones.
 */
export class Controllers {
  readonly #planner: Planner;
  readonly #defaultDepth: number;

  constructor(options: { readonly calibration: readonly ForwardTiming[]; readonly defaultDepth: number }) {
    this.#planner = planner({ calibration: options.calibration });
    this.#defaultDepth = options.defaultDepth;
  }

  /**
   * A new controller for one generation. `fixed` takes the first of the drafters.
   *
   * @throws {InvalidArgumentError} an unknown name, a depth outside 1 to `MAX_DEPTH`, or a confidence outside 0 to 1.
   */
  controller({ name, drafters, depth, minimumConfidence = 0 }: ControllerOptions): DraftController {
    checkDepth(depth);
    checkMinimumConfidence(minimumConfidence);
    checkControllerName(name);
    const [drafter] = drafters;
    if (drafter === undefined || name === 'off') return standard();
    if (name === 'fixed') return fixed({ drafter, depth: depth ?? this.#defaultDepth, minimumConfidence });
    return this.#planner.forSequence({
      minimumSurvival: minimumConfidence,
      ...(depth === undefined ? {} : { maximumDepth: depth }),
    });
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

import type { Environment } from '../results/environment.js';
import { type Comparison, compareControllers } from './compare-controllers.js';
import { SCENARIOS } from './scenarios.js';

/** Result of `bench:controllers`. */
export interface ControllersRecord {
  readonly environment: Environment;
  readonly options: { readonly tokens: number };
  /** One text of every scenario each. */
  readonly seeds: readonly number[];
  readonly comparisons: readonly Comparison[];
}

/** How `bench:controllers` runs. */
export interface ControllersBenchmarkOptions {
  readonly environment: Environment;
  /** Tokens of each text. @default 3000 */
  readonly tokens?: number;
  /** @default [1, 2, 3, 4, 5] */
  readonly seeds?: readonly number[];
  /** Called after each scenario. */
  readonly onComparison?: (comparison: Comparison) => void;
}

/** Compares the controllers in simulation. Needs no model; the same seeds give the same numbers on every machine. */
export function runControllersBenchmark(options: ControllersBenchmarkOptions): ControllersRecord {
  const { environment, tokens = 3000, seeds = [1, 2, 3, 4, 5], onComparison } = options;
  const comparisons = SCENARIOS.map((scenario) => {
    const comparison = compareControllers(scenario, { tokens, seeds });
    onComparison?.(comparison);
    return comparison;
  });
  return { environment, options: { tokens }, seeds, comparisons };
}

import type { Environment } from '../results/environment.js';
import type { BenchmarkRecord } from '../results/record.js';
import { BATCH_CONTENTS, type BatchContent } from './batch-scenarios.js';
import { type BatchComparison, compareBatch } from './compare-batches.js';
import { type Comparison, compareControllers } from './compare-controllers.js';
import { MACHINES, type MachineName } from './machines.js';
import { SCENARIOS } from './scenarios.js';

/** Result of `bench:controllers`: one text of every scenario for each seed. */
export interface ControllersRecord extends BenchmarkRecord<{ readonly tokens: number }, Comparison> {
  /** Many texts at a time. */
  readonly batches: readonly BatchComparison[];
}

/** How `bench:controllers` runs. */
export interface ControllersBenchmarkOptions {
  readonly environment: Environment;
  /** Tokens of each text. @default 3000 */
  readonly tokens?: number;
  /** @default [1, 2, 3, 4, 5] */
  readonly seeds?: readonly number[];
  /** What many texts at a time are. @default BATCH_CONTENTS */
  readonly batchContents?: readonly BatchContent[];
  /** Called after each scenario. */
  readonly onComparison?: (comparison: Comparison) => void;
}

/** Compares the controllers in simulation. Needs no model; the same seeds give the same numbers on every machine. */
export function runControllersBenchmark(options: ControllersBenchmarkOptions): ControllersRecord {
  const { environment, tokens = 3000, seeds = [1, 2, 3, 4, 5], batchContents = BATCH_CONTENTS, onComparison } = options;
  const samples = SCENARIOS.map((scenario) => {
    const comparison = compareControllers(scenario, { tokens, seeds });
    onComparison?.(comparison);
    return comparison;
  });
  const batches = Object.keys(MACHINES).flatMap((machine) =>
    batchContents.map((content) => compareBatch(content, { machine: machine as MachineName, seeds })),
  );
  return { environment, options: { tokens }, seeds, samples, batches };
}

import { fixed, planner, standard } from '@foretoken/adaptive';
import type { DraftController } from '@foretoken/core';
import { sum } from '../results/statistics.js';
import { type BatchContent, batchRequests } from './batch-scenarios.js';
import { calibrationOf, MACHINES, type MachineName } from './machines.js';
import { simulateBatch } from './simulate-batch.js';

/** Most sequences in a forward. */
export const BATCH_SIZES = [1, 2, 4, 8, 16] as const;

/** Guesses of a sequence in every round where speculation is always on: the server's default. */
export const ALWAYS_ON_DEPTH = 7;

/** A content decoded many texts at a time, on one machine. */
export interface BatchComparison {
  readonly machine: MachineName;
  readonly content: BatchContent;
  /** Speeds against standard decoding: tokens of all sequences over the time of all. */
  readonly sizes: readonly { readonly sequences: number; readonly fixed: number; readonly planner: number }[];
}

/** Decodes queues of texts without guesses, always guessing, and as `planner` decides, at each batch size. */
export function compareBatch(
  content: BatchContent,
  { machine, seeds }: { readonly machine: MachineName; readonly seeds: readonly number[] },
): BatchComparison {
  const { forward } = MACHINES[machine];
  const calibration = calibrationOf({ forward });
  const drafter = Object.keys(content.drafters(0, 1))[0] ?? '';
  const sizes = BATCH_SIZES.map((sequences) => {
    const total = (controllers: () => () => DraftController): number =>
      sum(seeds, (seed) => {
        const requests = batchRequests(content, Math.max(8, 4 * sequences), seed);
        return simulateBatch(controllers(), { requests, sequences, machine: { forward }, seed }).milliseconds;
      });
    const baseline = total(() => standard);
    const always = total(() => () => fixed({ drafter, depth: ALWAYS_ON_DEPTH }));
    const learning = total(() => {
      const shared = planner({ calibration });
      // Drafters of these texts have one guess a place: a wider tree would be filled with wrong ones.
      return () => shared.forSequence({ width: 1 });
    });
    return { sequences, fixed: baseline / always, planner: baseline / learning };
  });
  return { machine, content, sizes };
}

import { type Column, percent, table, times } from '../results/table.js';
import { ALWAYS_ON_DEPTH, BATCH_SIZES, type BatchComparison } from './compare-batches.js';
import type { ControllersRecord } from './controllers-record.js';

/** The comparison as a table: speeds against standard decoding, `planner` also against the best fixed plan. */
export function controllersSummary({ samples, batches, options, seeds }: ControllersRecord): string {
  const comparisons = table(samples, [
    ['machine, content', ({ scenario }) => `${scenario.machine}, ${scenario.name}`],
    ['best fixed', ({ bestPlan }) => bestPlan],
    ['its speed', ({ bestFixed }) => times(bestFixed)],
    ['heuristic', ({ controllers }) => times(controllers.heuristic.speed)],
    ['exponentialAverage', ({ controllers }) => times(controllers.exponentialAverage.speed)],
    ['planner', ({ controllers }) => times(controllers.planner.speed)],
    ['of best', ({ controllers, bestFixed }) => percent(controllers.planner.speed / bestFixed, 1)],
    ['changes', ({ controllers }) => (20 * controllers.planner.switchRate).toFixed(2)],
  ]);
  const together = table(batches, [
    ['machine, contents', ({ machine, content }) => `${machine}, ${content.name}`],
    ...BATCH_SIZES.map(
      (size, index): Column<BatchComparison> => [
        `${size} at a time`,
        ({ sizes }) => `${times(sizes[index]?.fixed ?? Number.NaN)} / ${times(sizes[index]?.planner ?? Number.NaN)}`,
      ],
    ),
  ]);
  return [
    `Speed against standard decoding over ${seeds.length} texts of ${options.tokens} tokens. "changes": of planner's plan in 20 rounds, looks included, in the second half.`,
    comparisons,
    `Tokens a second of all sequences together against standard decoding: always guessing ${ALWAYS_ON_DEPTH} ahead / planner.`,
    together,
  ].join('\n\n');
}

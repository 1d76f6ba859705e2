import { markdownTable } from '../results/markdown-table.js';
import { ALWAYS_ON_DEPTH, BATCH_SIZES, type BatchComparison } from './compare-batches.js';
import type { ControllerResult } from './compare-controllers.js';
import type { ControllersRecord } from './controllers-record.js';

/** The comparison as a table: speeds against standard decoding, `planner` also against the best fixed plan. */
export function controllersSummary({ comparisons, batches, options, seeds }: ControllersRecord): string {
  const times = ({ speed }: Pick<ControllerResult, 'speed'>): string => `${speed.toFixed(2)}x`;
  const rows = comparisons.map(({ scenario, bestFixed, bestPlan, controllers }) => [
    `${scenario.machine}, ${scenario.name}`,
    bestPlan,
    times({ speed: bestFixed }),
    times(controllers.heuristic),
    times(controllers.exponentialAverage),
    times(controllers.planner),
    `${((100 * controllers.planner.speed) / bestFixed).toFixed(1)} %`,
    (20 * controllers.planner.switchRate).toFixed(2),
  ]);
  const header = [
    'machine, content',
    'best fixed',
    'its speed',
    'heuristic',
    'exponentialAverage',
    'planner',
    'of best',
    'changes',
  ];
  return `Speed against standard decoding over ${seeds.length} texts of ${options.tokens} tokens. "changes": of planner's plan in 20 rounds, looks included, in the second half.\n\n${markdownTable(header, rows)}\n\n${batchesTable(batches)}`;
}

function batchesTable(batches: readonly BatchComparison[]): string {
  const header = ['machine, contents', ...BATCH_SIZES.map((size) => `${size} at a time`)];
  const rows = batches.map(({ machine, content, sizes }) => [
    `${machine}, ${content.name}`,
    ...sizes.map(({ fixed, planner }) => `${fixed.toFixed(2)}x / ${planner.toFixed(2)}x`),
  ]);
  return `Tokens a second of all sequences together against standard decoding: always guessing ${ALWAYS_ON_DEPTH} ahead / planner.\n\n${markdownTable(header, rows)}`;
}

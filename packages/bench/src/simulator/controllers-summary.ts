import { markdownTable } from '../results/markdown-table.js';
import type { ControllerResult } from './compare-controllers.js';
import type { ControllersRecord } from './controllers-record.js';

/** The comparison as a table: speeds against standard decoding, `costAware` also against the best fixed plan. */
export function controllersSummary({ comparisons, options, seeds }: ControllersRecord): string {
  const times = ({ speed }: Pick<ControllerResult, 'speed'>): string => `${speed.toFixed(2)}x`;
  const rows = comparisons.map(({ scenario, bestFixed, bestPlan, controllers }) => [
    `${scenario.machine}, ${scenario.name}`,
    bestPlan,
    times({ speed: bestFixed }),
    times(controllers.heuristic),
    times(controllers.exponentialAverage),
    times(controllers.costAware),
    `${((100 * controllers.costAware.speed) / bestFixed).toFixed(1)} %`,
    (20 * controllers.costAware.switchRate).toFixed(2),
  ]);
  const header = [
    'machine, content',
    'best fixed',
    'its speed',
    'heuristic',
    'exponentialAverage',
    'costAware',
    'of best',
    'changes',
  ];
  return `Speed against standard decoding over ${seeds.length} texts of ${options.tokens} tokens. "changes": of costAware's plan in 20 rounds, looks included, in the second half.\n\n${markdownTable(header, rows)}`;
}

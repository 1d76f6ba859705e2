import { median } from '../results/statistics.js';
import { type Column, table } from '../results/table.js';
import type { ForwardRecord, ForwardTarget } from './forward-record.js';

/** Milliseconds of a target's pass of T tokens: the median, which one disturbed pass doesn't move. NaN without a sample. */
export function forwardCost(
  { samples }: Pick<ForwardRecord, 'samples'>,
  target: ForwardTarget,
  tokens: number,
): number {
  const own = samples.filter((sample) => sample.target === target && sample.tokens === tokens);
  return median(own.map(({ milliseconds }) => milliseconds));
}

/** The tables of a record: cost by T and target, then memory traffic. */
export function forwardSummary(record: ForwardRecord): string {
  const { options, targets } = record;
  const measured = targets.flatMap(({ target, state }) => (state === 'measured' ? [target] : []));
  const missing = targets.flatMap((target) =>
    target.state === 'unavailable' ? [`- ${target.target} was not measured: ${target.reason}`] : [],
  );
  const sizes = options.tokenCounts.map(
    (tokens): Column<ForwardTarget> => [
      `T=${tokens}`,
      (target) => {
        const cost = forwardCost(record, target, tokens);
        return `${cost.toFixed(1)} (${(cost / forwardCost(record, target, 1)).toFixed(2)})`;
      },
    ],
  );
  return [
    `${options.model}, ${options.prefix} tokens in the cache, ${options.rounds} rounds, one process a target, targets and sizes interleaved. Median milliseconds of a pass of T tokens with all rows scored, and in brackets c(T)/c(1).`,
    table(measured, [['target', (target) => target], ...sizes]),
    ...(missing.length > 0 ? [missing.join('\n')] : []),
    comparisons(record),
  ].join('\n\n');
}

function comparisons(record: ForwardRecord): string {
  const { weightBytes, memoryRead } = record;
  const lines: string[] = [];
  const costOf = (target: ForwardTarget): number => forwardCost(record, target, 1);
  const [graph, eager, fused] = [costOf('graph'), costOf('eager-native'), costOf('fused')];
  if (fused > 0 && graph > 0) lines.push(`- Fused at T=1 is ${(graph / fused).toFixed(2)} times as fast as the graph.`);
  if (graph > 0 && eager > 0) {
    lines.push(`- Graph at T=1 is ${(eager / graph).toFixed(2)} times as fast as eager-native.`);
  }
  const achieved = weightBytes / graph / 1e6;
  if (graph > 0) {
    lines.push(`- Graph at T=1 reads ${(weightBytes / 1e6).toFixed(0)} MB of weights: ${achieved.toFixed(1)} GB/s.`);
  }
  if (memoryRead) {
    const best = memoryRead.bytes / Math.min(...memoryRead.milliseconds) / 1e6;
    const typical = memoryRead.bytes / median(memoryRead.milliseconds) / 1e6;
    const share = graph > 0 ? `; the graph reaches ${((100 * achieved) / typical).toFixed(0)} % of the median` : '';
    lines.push(
      `- Memory reads at ${typical.toFixed(1)} GB/s (median, best ${best.toFixed(1)}): tf.sum over ${(memoryRead.bytes / 1e6).toFixed(0)} MB on the graph's device, in its process${share}.`,
    );
  }
  return lines.join('\n');
}

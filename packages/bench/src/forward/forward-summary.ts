import { markdownTable } from '../results/markdown-table.js';
import { median } from '../results/median.js';
import type { ForwardRecord, ForwardSample, TargetRecord } from './forward-record.js';

type Measured = Extract<TargetRecord, { state: 'measured' }>;

/** Milliseconds of a pass of T tokens: the median, which one disturbed pass doesn't move. NaN without a sample. */
export function forwardCost(samples: readonly ForwardSample[], tokens: number): number {
  return median(samples.filter((sample) => sample.tokens === tokens).map(({ milliseconds }) => milliseconds));
}

/** The tables of a record: cost by T and target, then memory traffic. */
export function forwardSummary(record: ForwardRecord): string {
  const { options, targets } = record;
  const measured = targets.filter((target): target is Measured => target.state === 'measured');
  const rows = measured.map(({ target, samples }) => [
    target,
    ...options.tokenCounts.map((tokens) => {
      const cost = forwardCost(samples, tokens);
      return `${cost.toFixed(1)} (${(cost / forwardCost(samples, 1)).toFixed(2)})`;
    }),
  ]);
  const missing = targets.flatMap((target) =>
    target.state === 'unavailable' ? [`- ${target.target} was not measured: ${target.reason}`] : [],
  );
  return [
    `${options.model}, ${options.prefix} tokens in the cache, ${options.rounds} rounds, one process a target, targets and sizes interleaved. Median milliseconds of a pass of T tokens with all rows scored, and in brackets c(T)/c(1).`,
    markdownTable(['target', ...options.tokenCounts.map((tokens) => `T=${tokens}`)], rows),
    ...(missing.length > 0 ? [missing.join('\n')] : []),
    comparisons(record, measured),
  ].join('\n\n');
}

function comparisons({ weightBytes, memoryRead }: ForwardRecord, measured: readonly Measured[]): string {
  const lines: string[] = [];
  const costOf = (name: string): number =>
    forwardCost(measured.find(({ target }) => target === name)?.samples ?? [], 1);
  const graph = costOf('graph');
  const eager = costOf('eager-native');
  const fused = costOf('fused');
  if (fused > 0 && graph > 0) lines.push(`- Fused at T=1 is ${(graph / fused).toFixed(2)} times as fast as the graph.`);
  if (graph > 0 && eager > 0)
    lines.push(`- Graph at T=1 is ${(eager / graph).toFixed(2)} times as fast as eager-native.`);
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

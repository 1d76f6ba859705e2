import { percentile, sum } from '../results/statistics.js';
import type { Load } from './generate-load.js';
import { SERVE_MODES, type ServeAnswer, type ServeBlock, type ServeMode } from './serve-record.js';

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What the blocks of one load and one mode come to. */
export type ServeResult = ReturnType<typeof resultOf>;

/** One result for each load and mode, loads in the order that they were measured in. */
export function serveResults(blocks: readonly ServeBlock[]): readonly ServeResult[] {
  const loads = new Map(blocks.map(({ load }) => [loadName(load), load]));
  return [...loads].flatMap(([name, load]) =>
    SERVE_MODES.flatMap((mode) => {
      const own = blocks.filter((block) => block.mode === mode && loadName(block.load) === name);
      return own.length === 0 ? [] : [resultOf(load, mode, own)];
    }),
  );
}

export function loadName(load: Load): string {
  return load.kind === 'closed' ? String(load.concurrency) : `${load.requestsPerSecond.toFixed(2)}/s`;
}

/** Total tokens over total time. */
export function tokensPerSecond(blocks: readonly ServeBlock[]): number {
  const tokens = sum(answered(blocks.flatMap(({ answers }) => answers)), ({ outcome }) => outcome.tokens);
  return (1000 * tokens) / sum(blocks, ({ milliseconds }) => milliseconds);
}

function resultOf(load: Load, mode: ServeMode, blocks: readonly ServeBlock[]) {
  const all = blocks.flatMap(({ answers }) => answers);
  const answers = answered(all);
  const waits = answers.map(({ outcome }) => outcome.firstText);
  return {
    load,
    mode,
    requests: all.length,
    /** Requests that got no answer. */
    failed: all.length - answers.length,
    ties: all.filter(({ sameness }) => sameness === 'tie').length,
    different: all.filter(({ sameness }) => sameness === 'different').length,
    tokensPerSecond: tokensPerSecond(blocks),
    firstText: percentiles(waits),
    gap: percentiles(answers.flatMap(({ outcome }) => outcome.gaps)),
    /** Longest time to the first text / the median one. */
    longestWait: longestToMedian(waits),
    /** Longest stretch of the first text / the median one. */
    longestStretch: longestToMedian(answers.flatMap(({ stretch }) => stretch ?? [])),
    furthestBehind: furthestBehind(answers),
    /** Accepted guesses / guesses; NaN without any. */
    acceptanceRate: sum(answers, ({ outcome }) => outcome.accepted) / sum(answers, ({ outcome }) => outcome.drafted),
  };
}

type Answered = ServeAnswer & { readonly outcome: Extract<ServeAnswer['outcome'], { readonly kind: 'answered' }> };

function answered(answers: readonly ServeAnswer[]): readonly Answered[] {
  return answers.filter((answer): answer is Answered => answer.outcome.kind === 'answered');
}

function percentiles(values: readonly number[]): Percentiles {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) };
}

function longestToMedian(values: readonly number[]): number {
  return Math.max(...values) / percentile(values, 0.5);
}

/**
 * How far the request fell behind that fell behind most: the smaller of its wait / the median wait and its stretch / the
 * median stretch. NaN without answers.
 */
function furthestBehind(answers: readonly Answered[]): number {
  const waits = answers.flatMap(({ outcome, stretch }) =>
    stretch === undefined ? [] : [{ wait: outcome.firstText, stretch }],
  );
  if (waits.length === 0) return Number.NaN;
  const median = (value: (one: (typeof waits)[number]) => number): number => percentile(waits.map(value), 0.5);
  const [wait, stretch] = [median((one) => one.wait), median((one) => one.stretch)];
  return Math.max(...waits.map((one) => Math.min(one.wait / wait, one.stretch / stretch)));
}

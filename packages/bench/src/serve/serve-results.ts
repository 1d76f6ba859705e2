import { percentile } from '../results/percentile.js';
import type { Load } from './generate-load.js';
import { SERVE_MODES, type ServeBlock, type ServeMode, type ServeSample } from './serve-record.js';
import type { ChatAnswer } from './stream-chat.js';

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What the blocks of one load and one mode come to. */
export interface ServeResult {
  readonly load: Load;
  readonly mode: ServeMode;
  readonly requests: number;
  /** Requests that got no answer. */
  readonly failed: number;
  readonly ties: number;
  readonly different: number;
  /** Total tokens over total time. */
  readonly tokensPerSecond: number;
  readonly firstText: Percentiles;
  readonly gap: Percentiles;
  /** Longest time to the first text / the median one. */
  readonly longestWait: number;
  /** Longest stretch of the first text / the median one; NaN in records that have none. */
  readonly longestStretch: number;
  /**
   * How far the request fell behind that fell behind most: the smaller of its wait / the median wait and its stretch /
   * the median stretch. NaN in records without stretches.
   */
  readonly furthestBehind: number;
  /** Accepted guesses / guesses; NaN without any. */
  readonly acceptanceRate: number;
  /** Of the engine's process, in milliseconds; NaN where the system does not tell. */
  readonly processorPerToken: number;
}

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
  const tokens = sum(blocks, ({ samples }) =>
    sum(samples, ({ outcome }) => (outcome.kind === 'answered' ? outcome.tokens : 0)),
  );
  return (1000 * tokens) / sum(blocks, ({ milliseconds }) => milliseconds);
}

function resultOf(load: Load, mode: ServeMode, blocks: readonly ServeBlock[]): ServeResult {
  const samples = blocks.flatMap((block) => block.samples);
  const answers = samples.flatMap(({ outcome }) => (outcome.kind === 'answered' ? [outcome] : []));
  const tokens = sum(answers, (answer) => answer.tokens);
  const waits = answers.map(({ firstText }) => firstText);
  return {
    load,
    mode,
    requests: samples.length,
    failed: samples.length - answers.length,
    ties: countOf(samples, 'tie'),
    different: countOf(samples, 'different'),
    tokensPerSecond: tokensPerSecond(blocks),
    firstText: percentiles(waits),
    gap: percentiles(answers.flatMap(({ gaps }) => gaps)),
    longestWait: longestToMedian(waits),
    longestStretch: longestToMedian(samples.flatMap(({ stretch }) => stretch ?? [])),
    furthestBehind: furthestBehind(samples),
    acceptanceRate: sum(answers, accepted) / sum(answers, drafted),
    processorPerToken: sum(blocks, ({ processorMilliseconds = Number.NaN }) => processorMilliseconds) / tokens,
  };
}

const accepted = (answer: ChatAnswer): number => answer.accepted;
const drafted = (answer: ChatAnswer): number => answer.drafted;

function countOf(samples: readonly ServeSample[], wanted: ServeSample['sameness']): number {
  return samples.filter(({ sameness }) => sameness === wanted).length;
}

function percentiles(values: readonly number[]): Percentiles {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) };
}

function longestToMedian(values: readonly number[]): number {
  return Math.max(...values) / percentile(values, 0.5);
}

function furthestBehind(samples: readonly ServeSample[]): number {
  const waits = samples.flatMap(({ outcome, stretch }) =>
    outcome.kind === 'answered' && stretch !== undefined ? [{ wait: outcome.firstText, stretch }] : [],
  );
  if (waits.length === 0) return Number.NaN;
  const median = (value: (one: (typeof waits)[number]) => number): number => percentile(waits.map(value), 0.5);
  const [wait, stretch] = [median((one) => one.wait), median((one) => one.stretch)];
  return Math.max(...waits.map((one) => Math.min(one.wait / wait, one.stretch / stretch)));
}

function sum<T>(values: readonly T[], value: (value: T) => number): number {
  return values.reduce((total, one) => total + value(one), 0);
}

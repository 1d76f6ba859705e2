import { addStatistics, type EngineTotals, NO_TOTALS, statisticsSince } from '@foretoken/core';
import type { EngineDescription, EngineSnapshot, EngineState } from '../engine/text-engine.js';
import type { GpuReading } from '../metrics/gpu-readings.js';
import type { FeedPoint, FeedSample } from './feed.js';
import { FEWEST_STANDARD_ROUNDS, meanDepth, summarize } from './speculation-summary.js';

/** What was read off the server and its engines at one time. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly state: EngineState;
  /** Absent until the engine has started. */
  readonly description: EngineDescription | undefined;
  readonly engines: EngineSnapshot['engines'];
  readonly gpus: readonly GpuReading[];
  readonly serverProcessId: number;
  readonly serverBytes: number;
  readonly uptimeSeconds: number;
  /** Of all engines. */
  readonly totals: EngineTotals;
}

/** Adds the totals up that every later comparison needs. */
export function takeReading(parts: Omit<Reading, 'totals'>): Reading {
  const totals = parts.engines.map(({ statistics }) => statistics.totals);
  return { ...parts, totals: totals.reduce(addStatistics<EngineTotals>, NO_TOTALS) };
}

/** What the page is sent of a reading. `previous`: the one before. `windowStart`: the one a window before, or the first. */
export function describeReading(
  reading: Reading,
  { previous, windowStart }: { readonly previous: Reading | undefined; readonly windowStart: Reading | undefined },
): FeedSample {
  const { engines, totals } = reading;
  const { finished, aborted, failed, refused, preemptions } = totals;
  const sinceWindow = windowStart === undefined ? totals : statisticsSince(totals, windowStart.totals);
  const baseline = sinceWindow.standardRounds < FEWEST_STANDARD_ROUNDS ? totals : sinceWindow;
  const window = summarize(sinceWindow, baseline);
  const point: FeedPoint = {
    time: reading.time,
    tokensPerSecond: tokensPerSecond(reading, previous),
    acceptanceRate: window.acceptanceRate,
    speedup: window.speedup,
    depth: previous === undefined ? null : meanDepth(statisticsSince(totals, previous.totals).plans),
    running: sum(engines, ({ statistics }) => statistics.running),
    waiting: sum(engines, ({ statistics }) => statistics.waiting),
    serverBytes: reading.serverBytes,
    // An engine in this process has no memory of its own.
    enginesBytes: sum(engines, ({ processId, residentBytes }) =>
      processId === reading.serverProcessId ? 0 : residentBytes,
    ),
  };
  const status = {
    state: reading.state,
    description: reading.description,
    engines: engines.map(({ statistics, ...engine }) => ({ ...engine, running: statistics.running })),
    gpus: reading.gpus,
    total: summarize(totals, totals),
    window,
    requests: { finished, aborted, failed, refused, preemptions },
    kvTokens: sum(engines, ({ statistics }) => statistics.kvTokens),
    kvCapacity: sum(engines, ({ statistics }) => statistics.kvCapacity),
    uptimeSeconds: reading.uptimeSeconds,
  };
  return { point, status };
}

function tokensPerSecond(reading: Reading, previous: Reading | undefined): number | null {
  if (previous === undefined || reading.time <= previous.time) return null;
  return statisticsSince(reading.totals, previous.totals).generatedTokens / ((reading.time - previous.time) / 1000);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

import type { EngineDescription, EngineSnapshot, EngineState, SpeculationCounters } from '../engine/text-engine.js';
import type { FeedGpu, FeedPoint, FeedRequests, FeedSample } from './feed.js';
import { addCounters, countersSince } from './speculation-counters.js';
import { FEWEST_STANDARD_ROUNDS, meanDepth, summarize } from './speculation-summary.js';

/** What was read off the server and its engines at one time. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly state: EngineState;
  /** Absent until the engine has started. */
  readonly description: EngineDescription | undefined;
  readonly engines: EngineSnapshot['engines'];
  readonly gpus: readonly FeedGpu[];
  readonly serverProcessId: number;
  readonly serverBytes: number;
  readonly uptimeSeconds: number;
  readonly counters: SpeculationCounters;
}

/** Adds the counters up that every later comparison needs. */
export function takeReading(parts: Omit<Reading, 'counters'>): Reading {
  return { ...parts, counters: addCounters(parts.engines.map(({ speculation }) => speculation)) };
}

/** What the page is sent of a reading. `previous`: the one before. `windowStart`: the one a window before, or the first. */
export function describeReading(
  reading: Reading,
  { previous, windowStart }: { readonly previous: Reading | undefined; readonly windowStart: Reading | undefined },
): FeedSample {
  const { engines, counters } = reading;
  const sinceWindow = windowStart === undefined ? counters : countersSince(counters, windowStart.counters);
  const baseline = sinceWindow.standardRounds < FEWEST_STANDARD_ROUNDS ? counters : sinceWindow;
  const window = summarize(sinceWindow, baseline);
  const kvTokens = sum(engines, ({ statistics }) => statistics.kvTokens);
  const kvCapacity = sum(engines, ({ statistics }) => statistics.kvCapacity);
  const point: FeedPoint = {
    time: reading.time,
    tokensPerSecond: tokensPerSecond(reading, previous),
    acceptanceRate: window.acceptanceRate,
    acceptanceLength: window.acceptanceLength,
    speedup: window.speedup,
    depth: previous === undefined ? null : meanDepth(countersSince(counters, previous.counters).plans),
    running: sum(engines, ({ statistics }) => statistics.running),
    waiting: sum(engines, ({ statistics }) => statistics.waiting),
    kvUse: kvCapacity > 0 ? kvTokens / kvCapacity : null,
    serverBytes: reading.serverBytes,
    // An engine in this process has no memory of its own.
    enginesBytes: sum(engines, ({ processId, residentBytes }) =>
      processId === reading.serverProcessId ? 0 : residentBytes,
    ),
    gpuUse: reading.gpus[0]?.use ?? null,
  };
  const status = {
    state: reading.state,
    description: reading.description,
    engines: engines.map(({ index, state, processId, restarts, residentBytes, statistics }) => ({
      index,
      state,
      processId,
      restarts,
      residentBytes,
      running: statistics.running,
      waiting: statistics.waiting,
    })),
    gpus: reading.gpus,
    total: summarize(counters, counters),
    window,
    requests: totals(engines),
    kvTokens,
    kvCapacity,
    uptimeSeconds: reading.uptimeSeconds,
  };
  return { point, status };
}

function tokensPerSecond(reading: Reading, previous: Reading | undefined): number | null {
  if (previous === undefined || reading.time <= previous.time) return null;
  const generated = totals(reading.engines).generatedTokens - totals(previous.engines).generatedTokens;
  return Math.max(0, generated) / ((reading.time - previous.time) / 1000);
}

function totals(engines: Reading['engines']): FeedRequests {
  const total = (name: keyof FeedRequests): number => sum(engines, ({ statistics }) => statistics.totals[name]);
  return {
    finished: total('finished'),
    aborted: total('aborted'),
    failed: total('failed'),
    refused: total('refused'),
    preemptions: total('preemptions'),
    promptTokens: total('promptTokens'),
    reusedPromptTokens: total('reusedPromptTokens'),
    generatedTokens: total('generatedTokens'),
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

import { type DecodingStatistics, NO_STATISTICS, NO_TOTALS } from '@foretoken/core';
import type { EngineProcessSnapshot } from '../../engine/text-engine.js';
import { type Reading, takeReading } from '../reading.js';

/** Counters at zero, but for what a test sets. */
export function counters(changes: Partial<DecodingStatistics> = {}): DecodingStatistics {
  return { ...NO_STATISTICS, ...changes };
}

/** An engine that has generated so many tokens. */
export function engine(
  generatedTokens: number,
  counted: DecodingStatistics = counters(),
  changes: Partial<EngineProcessSnapshot> = {},
): EngineProcessSnapshot {
  return {
    index: 0,
    state: 'ready',
    processId: 2,
    restarts: 0,
    residentBytes: 1000,
    statistics: {
      running: 1,
      waiting: 2,
      kvTokens: 25,
      kvCapacity: 100,
      totals: { ...NO_TOTALS, ...counted, generatedTokens },
    },
    ...changes,
  };
}

/** What a server with these engines reads of itself. Its own process is number 1. */
export function reading(time: number, engines: readonly EngineProcessSnapshot[]): Reading {
  return takeReading({
    time,
    state: 'ready',
    description: undefined,
    engines,
    gpus: [],
    serverProcessId: 1,
    serverBytes: 500,
    uptimeSeconds: 0,
  });
}

import type { EngineProcessSnapshot } from '@foretoken/server';

/** An engine that has done this and that; every number differs, so that none can stand for another. */
export function engineSnapshot(changes: Partial<EngineProcessSnapshot> = {}): EngineProcessSnapshot {
  return {
    ...{ index: 0, state: 'ready', processId: 42, restarts: 2, residentBytes: 1_000_001 },
    statistics: {
      ...{ running: 3, waiting: 4, kvTokens: 25, kvCapacity: 100 },
      totals: {
        ...{ submitted: 51, finished: 52, aborted: 53, failed: 54, refused: 55, preemptions: 56 },
        ...{ promptTokens: 57, reusedPromptTokens: 58, generatedTokens: 59, forwards: 60 },
        ...{ rounds: 101, standardRounds: 41, draftedTokens: 103, acceptedTokens: 104, acceptedPerDepth: [70, 34] },
        plans: { standard: 5, 'lookup:3': 6, 'lookup:4': 7, 'model:org/name:5': 8, 'lookup:6': 9 },
        standardReasons: { 'not-worth-it': 30, load: 11 },
        ...{ planChanges: 107, fallbacks: { 'kv-capacity': 108 }, byDrafter: {}, drafterErrors: 109 },
        milliseconds: { prefill: 500, draft: 1500, forward: 2500, verify: 3500, standard: 4500, decode: 5500 },
      },
    },
    ...changes,
  };
}

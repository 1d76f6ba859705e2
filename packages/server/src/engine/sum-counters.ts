import type { EngineStatistics } from '@foretoken/core';
import type { SpeculationCounters } from './text-engine.js';

type Totals = EngineStatistics['totals'];
type Counts = Readonly<Partial<Record<string, number>>>;

export const NO_TOTALS: Totals = {
  submitted: 0,
  finished: 0,
  aborted: 0,
  failed: 0,
  refused: 0,
  preemptions: 0,
  promptTokens: 0,
  reusedPromptTokens: 0,
  generatedTokens: 0,
  forwards: 0,
};

export const NO_SPECULATION: SpeculationCounters = {
  rounds: 0,
  standardRounds: 0,
  standardReasons: {},
  draftedTokens: 0,
  acceptedTokens: 0,
  acceptedPerDepth: [],
  plans: {},
  planChanges: 0,
  fallbacks: {},
  seconds: { draft: 0, forward: 0, verify: 0 },
  standardSeconds: 0,
};

/** Both as if one engine had counted them. */
export function sumTotals(a: Totals, b: Totals): Totals {
  return {
    submitted: a.submitted + b.submitted,
    finished: a.finished + b.finished,
    aborted: a.aborted + b.aborted,
    failed: a.failed + b.failed,
    refused: a.refused + b.refused,
    preemptions: a.preemptions + b.preemptions,
    promptTokens: a.promptTokens + b.promptTokens,
    reusedPromptTokens: a.reusedPromptTokens + b.reusedPromptTokens,
    generatedTokens: a.generatedTokens + b.generatedTokens,
    forwards: a.forwards + b.forwards,
  };
}

/** Both as if one engine had counted them. */
export function sumSpeculation(a: SpeculationCounters, b: SpeculationCounters): SpeculationCounters {
  return combineSpeculation(a, b, (one, other) => one + other);
}

/** Each counter of one with the same of the other. */
export function combineSpeculation(
  a: SpeculationCounters,
  b: SpeculationCounters,
  by: (a: number, b: number) => number,
): SpeculationCounters {
  const depths = Math.max(a.acceptedPerDepth.length, b.acceptedPerDepth.length);
  return {
    rounds: by(a.rounds, b.rounds),
    standardRounds: by(a.standardRounds, b.standardRounds),
    standardReasons: combineCounts(a.standardReasons, b.standardReasons, by),
    draftedTokens: by(a.draftedTokens, b.draftedTokens),
    acceptedTokens: by(a.acceptedTokens, b.acceptedTokens),
    acceptedPerDepth: Array.from({ length: depths }, (_, depth) =>
      by(a.acceptedPerDepth[depth] ?? 0, b.acceptedPerDepth[depth] ?? 0),
    ),
    plans: combineCounts(a.plans, b.plans, by),
    planChanges: by(a.planChanges, b.planChanges),
    fallbacks: combineCounts(a.fallbacks, b.fallbacks, by),
    seconds: {
      draft: by(a.seconds.draft, b.seconds.draft),
      forward: by(a.seconds.forward, b.seconds.forward),
      verify: by(a.seconds.verify, b.seconds.verify),
    },
    standardSeconds: by(a.standardSeconds, b.standardSeconds),
  };
}

function combineCounts(a: Counts, b: Counts, by: (a: number, b: number) => number): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, by(a[name] ?? 0, b[name] ?? 0)]));
}

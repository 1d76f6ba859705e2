import type { SpeculationCounters } from '../engine/text-engine.js';

type Counts = Readonly<Partial<Record<string, number>>>;

const NONE: SpeculationCounters = {
  rounds: 0,
  standardRounds: 0,
  draftedTokens: 0,
  acceptedTokens: 0,
  acceptedPerDepth: [],
  plans: {},
  planChanges: 0,
  fallbacks: {},
  seconds: { draft: 0, forward: 0, verify: 0 },
  standardSeconds: 0,
};

/** The counters of several engines as if they were one. */
export function addCounters(all: readonly SpeculationCounters[]): SpeculationCounters {
  return all.reduce((sum, counters) => combine(sum, counters, (a, b) => a + b), NONE);
}

/** What was counted between two times. Counters only grow; one that shrank (an engine left) counts as unchanged. */
export function countersSince(later: SpeculationCounters, earlier: SpeculationCounters): SpeculationCounters {
  return combine(later, earlier, (a, b) => Math.max(0, a - b));
}

function combine(
  a: SpeculationCounters,
  b: SpeculationCounters,
  by: (a: number, b: number) => number,
): SpeculationCounters {
  const depths = Math.max(a.acceptedPerDepth.length, b.acceptedPerDepth.length);
  return {
    rounds: by(a.rounds, b.rounds),
    standardRounds: by(a.standardRounds, b.standardRounds),
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

import { combineSpeculation, NO_SPECULATION, sumSpeculation } from '../engine/sum-counters.js';
import type { SpeculationCounters } from '../engine/text-engine.js';

/** The counters of several engines as if they were one. */
export function addCounters(all: readonly SpeculationCounters[]): SpeculationCounters {
  return all.reduce(sumSpeculation, NO_SPECULATION);
}

/** What was counted between two times. Counters only grow; one that shrank (an engine left) counts as unchanged. */
export function countersSince(later: SpeculationCounters, earlier: SpeculationCounters): SpeculationCounters {
  return combineSpeculation(later, earlier, (a, b) => Math.max(0, a - b));
}

import type { DecodingStatistics } from '@foretoken/core';
import type { SpeculationSummary } from './feed.js';

/** Fewer standard rounds than this say too little about how long one takes. */
export const FEWEST_STANDARD_ROUNDS = 5;

/** Derives what is shown from the counters of a time. `baseline`: the counters that a standard round is measured by. */
export function summarize(counters: DecodingStatistics, baseline: DecodingStatistics): SpeculationSummary {
  const { rounds, standardRounds, acceptedTokens, draftedTokens } = counters;
  const { draft, forward, verify } = counters.milliseconds;
  const guessing = rounds - standardRounds;
  const chosen = Object.entries(counters.plans).filter(([, count]) => count > 0);
  const choices = chosen.reduce((sum, [, count]) => sum + count, 0);
  return {
    rounds,
    standardRounds,
    acceptanceRate: draftedTokens > 0 ? acceptedTokens / draftedTokens : null,
    acceptanceLength: rounds > 0 ? 1 + acceptedTokens / rounds : null,
    speedup: estimatedSpeedup(counters, baseline),
    acceptedPerDepth: guessing > 0 ? counters.acceptedPerDepth.map((accepted) => accepted / guessing) : [],
    plans: chosen
      .map(([plan, count]) => ({ plan, share: count / choices }))
      .sort((a, b) => b.share - a.share || a.plan.localeCompare(b.plan)),
    fallbacks: Object.entries(counters.fallbacks)
      .filter(([, count]) => count > 0)
      .map(([cause, count]) => ({ cause, count })),
    standardReasons: Object.entries(counters.standardReasons)
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count),
    milliseconds: rounds > 0 ? { draft: draft / rounds, forward: forward / rounds, verify: verify / rounds } : null,
  };
}

/**
 * Tokens a round x mean time of a standard round / mean time of a round: how much faster the tokens came than if every
 * round had been a standard one, which brings one token. An estimate, for the standard rounds that it goes by ran at
 * other times, and with other sequences in their forward, than the rounds with guesses. `null` without rounds, or with
 * fewer than `FEWEST_STANDARD_ROUNDS` in the baseline.
 */
export function estimatedSpeedup(counters: DecodingStatistics, baseline: DecodingStatistics): number | null {
  const { rounds, acceptedTokens } = counters;
  const { draft, forward, verify } = counters.milliseconds;
  const spent = draft + forward + verify;
  if (rounds === 0 || spent <= 0 || baseline.standardRounds < FEWEST_STANDARD_ROUNDS) return null;
  const standardRound = baseline.milliseconds.standard / baseline.standardRounds;
  return ((rounds + acceptedTokens) * standardRound) / spent;
}

/** Mean depth of the plans that were chosen, a standard one counting as 0; `null` if there was none. */
export function meanDepth(plans: DecodingStatistics['plans']): number | null {
  let count = 0;
  let depths = 0;
  for (const [plan, times] of Object.entries(plans)) {
    count += times;
    depths += times * planDepth(plan);
  }
  return count > 0 ? depths / count : null;
}

/** The depth in `<drafter>:<depth>`, whose drafter may hold colons too; 0 of `standard`. */
function planDepth(plan: string): number {
  return Number(/:(\d+)$/.exec(plan)?.[1] ?? 0);
}

import type { DecodingStatistics } from '../contracts/decoding-statistics.js';
import type { DraftPlan } from '../contracts/draft-controller.js';
import type { DecodingRound } from '../contracts/generation-event.js';

/** Accepted guesses / guesses, in [0, 1]; 0 when nothing was guessed. */
export function acceptanceRate({
  acceptedTokens,
  draftedTokens,
}: Pick<DecodingStatistics, 'acceptedTokens' | 'draftedTokens'>): number {
  return draftedTokens === 0 ? 0 : acceptedTokens / draftedTokens;
}

/**
 * Tokens produced per target forward after prefill: 1 + accepted / rounds. The 1 is the target's own token of each
 * round. 1 means that no guess was accepted; 0 when there was no round.
 */
export function meanAcceptanceLength({
  acceptedTokens,
  rounds,
}: Pick<DecodingStatistics, 'acceptedTokens' | 'rounds'>): number {
  return rounds === 0 ? 0 : 1 + acceptedTokens / rounds;
}

/** Generated tokens a second, from the end of prefill to the last token; 0 before the first. */
export function decodeTokensPerSecond({
  generatedTokens,
  milliseconds,
}: Pick<DecodingStatistics, 'generatedTokens' | 'milliseconds'>): number {
  return milliseconds.decode === 0 ? 0 : (generatedTokens / milliseconds.decode) * 1000;
}

/** All counters are 0. */
export const NO_STATISTICS: DecodingStatistics = {
  promptTokens: 0,
  reusedPromptTokens: 0,
  generatedTokens: 0,
  rounds: 0,
  standardRounds: 0,
  standardReasons: {},
  draftedTokens: 0,
  acceptedTokens: 0,
  acceptedPerDepth: [],
  byDrafter: {},
  plans: {},
  planChanges: 0,
  fallbacks: {},
  drafterErrors: 0,
  milliseconds: { prefill: 0, draft: 0, forward: 0, verify: 0, standard: 0, decode: 0 },
};

/** What is counted of a round itself. */
export function roundStatistics(round: DecodingRound): DecodingStatistics {
  const { plan, drafted, accepted, emitted, perDepth, path, sources, fallback, reason } = round;
  const { draft, forward, verify } = round.milliseconds;
  const drafters = [...new Set(sources)].map((name) => {
    const draftedTokens = sources.filter((source) => source === name).length;
    const acceptedTokens = path.filter((node) => sources[node] === name).length;
    return [name, { rounds: 1, draftedTokens, acceptedTokens }] as const;
  });
  return {
    ...NO_STATISTICS,
    generatedTokens: emitted,
    rounds: 1,
    standardRounds: drafted === 0 ? 1 : 0,
    standardReasons: reason === undefined ? {} : { [reason]: 1 },
    draftedTokens: drafted,
    acceptedTokens: accepted,
    acceptedPerDepth: perDepth.map((depth) => (depth.accepted ? 1 : 0)),
    byDrafter: Object.fromEntries(drafters),
    plans: { [planName(plan)]: 1 },
    fallbacks: fallback === undefined ? {} : { [fallback]: 1 },
    milliseconds: {
      ...NO_STATISTICS.milliseconds,
      draft,
      forward,
      verify,
      standard: drafted === 0 ? draft + forward + verify : 0,
    },
  };
}

/** A plan as `DecodingStatistics.plans` names it. */
export function planName(
  plan: { readonly kind: 'standard' } | Pick<Extract<DraftPlan, { kind: 'speculate' }>, 'kind' | 'drafter' | 'depth'>,
): string {
  return plan.kind === 'standard' ? 'standard' : `${plan.drafter}:${plan.depth}`;
}

/** Both as if one had counted them; what is left out was not counted. */
export function addStatistics<T extends DecodingStatistics>(counted: T, more: Partial<T>): T {
  return combine(counted, more, (one, other) => one + other) as T;
}

/**
 * The difference of two records of the same counters. Counters only grow; one that became smaller (an engine was
 * removed) counts as unchanged.
 */
export function statisticsSince<T extends DecodingStatistics>(later: T, earlier: T): T {
  return combine(later, earlier, (one, other) => Math.max(0, one - other)) as T;
}

type Counts = Readonly<Record<string, unknown>>;

/**
 * Combines numbers, by place in lists and by name in records. What only one of them has is 0 in the other, so what `b`
 * leaves out stays as it is.
 */
function combine(a: unknown, b: unknown, by: (one: number, other: number) => number): unknown {
  if (b === undefined) return a;
  if (typeof b === 'number') return by(Number(a ?? 0), b);
  const all = (Array.isArray(b) ? [...((a ?? []) as unknown[])] : { ...(a as Counts) }) as Record<string, unknown>;
  for (const [name, other] of Object.entries(b as Counts)) all[name] = combine(all[name], other, by);
  return all;
}

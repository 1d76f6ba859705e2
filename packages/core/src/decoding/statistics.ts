import type { DecodingRound, DecodingStatistics } from '../contracts/token-event.js';

/** Accepted guesses / guesses, in [0, 1]; 0 when nothing was guessed. */
export function acceptanceRate({ accepted, drafted }: Pick<DecodingStatistics, 'accepted' | 'drafted'>): number {
  return drafted === 0 ? 0 : accepted / drafted;
}

/**
 * Tokens produced per target forward after prefill: 1 + accepted / rounds. The 1 is the target's own token of each
 * round. 1 means that speculation brought nothing; 0 when there was no round.
 */
export function meanAcceptanceLength({ accepted, rounds }: Pick<DecodingStatistics, 'accepted' | 'rounds'>): number {
  return rounds === 0 ? 0 : 1 + accepted / rounds;
}

/** Generated tokens a second, from the end of prefill to the last token; 0 before the first. */
export function decodeTokensPerSecond({
  generatedTokens,
  milliseconds,
}: Pick<DecodingStatistics, 'generatedTokens' | 'milliseconds'>): number {
  return milliseconds.decode === 0 ? 0 : (generatedTokens / milliseconds.decode) * 1000;
}

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

/** Statistics while they are being counted. */
export type RunningStatistics = Mutable<DecodingStatistics>;

/** The counters of a generation of which nothing was done yet; every call gives counters of its own. */
export function emptyStatistics(promptTokens: number): RunningStatistics {
  return {
    promptTokens,
    generatedTokens: 0,
    rounds: 0,
    standardRounds: 0,
    standardReasons: {},
    drafted: 0,
    accepted: 0,
    acceptedPerDepth: [],
    byDrafter: {},
    fallbacks: 0,
    drafterErrors: 0,
    milliseconds: { prefill: 0, draft: 0, forward: 0, verify: 0, decode: 0 },
  };
}

/** Adds a finished round, all but `accepted`, which counts with the tokens that are emitted. */
export function countRound(statistics: RunningStatistics, round: DecodingRound): void {
  const { drafted, path, milliseconds, fallback, sources, reason } = round;
  statistics.rounds++;
  if (drafted === 0) statistics.standardRounds++;
  if (reason !== undefined) statistics.standardReasons[reason] = (statistics.standardReasons[reason] ?? 0) + 1;
  if (fallback !== undefined) statistics.fallbacks++;
  statistics.drafted += drafted;
  for (const step of ['draft', 'forward', 'verify'] as const) statistics.milliseconds[step] += milliseconds[step];
  for (const depth of path.keys()) statistics.acceptedPerDepth[depth] = (statistics.acceptedPerDepth[depth] ?? 0) + 1;
  const counters = (name: string): RunningStatistics['byDrafter'][string] => {
    const known = statistics.byDrafter[name] ?? { rounds: 0, drafted: 0, accepted: 0 };
    statistics.byDrafter[name] = known;
    return known;
  };
  for (const name of new Set(sources)) counters(name).rounds++;
  for (const name of sources) counters(name).drafted++;
  for (const node of path) {
    const name = sources[node];
    if (name !== undefined) counters(name).accepted++;
  }
}

import type { DecodingStatistics } from '../contracts/token-event.js';

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

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Mutable<T[K]> : T[K] };

/** Statistics while they are being counted. */
export type RunningStatistics = Mutable<DecodingStatistics>;

/** All counters at zero. */
export function emptyStatistics(promptTokens: number): RunningStatistics {
  return {
    promptTokens,
    generatedTokens: 0,
    rounds: 0,
    standardRounds: 0,
    drafted: 0,
    accepted: 0,
    drafterErrors: 0,
    milliseconds: { prefill: 0, draft: 0, forward: 0, verify: 0, decode: 0 },
  };
}

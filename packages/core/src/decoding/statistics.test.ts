import { acceptanceRate, addStatistics, type DecodingRound, meanAcceptanceLength, type TokenId } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { NO_STATISTICS, roundStatistics, statisticsSince } from './statistics.js';

const PLAN = { kind: 'speculate', drafter: 'lookup', depth: 4, width: 1, nodes: 4, minimumConfidence: 0 } as const;

function round(emitted: number, drafted: number, changes: Partial<DecodingRound> = {}): DecodingRound {
  return {
    index: 0,
    root: 0 as TokenId,
    tree: undefined,
    sources: Array.from({ length: drafted }, (_, node) => (node < 2 ? 'lookup' : 'suffix')),
    path: Array.from({ length: emitted - 1 }, (_, node) => node),
    tokens: [],
    plan: drafted > 0 ? PLAN : { kind: 'standard' },
    drafted,
    accepted: emitted - 1,
    emitted,
    perDepth: Array.from({ length: drafted }, (_, depth) => ({ drafted: 1, accepted: depth < emitted - 1 })),
    milliseconds: { draft: 1, forward: 10, verify: 2 },
    activeSequences: 1,
    contextLength: 1,
    ...changes,
  };
}

describe('statistics', () => {
  it('count rounds, plans, and what became of guesses', () => {
    const failed = round(1, 0, { plan: PLAN, fallback: 'drafter-error', reason: 'drafter-failed' });
    const counted = [round(1, 0), round(4, 4), failed].map(roundStatistics).reduce(addStatistics, NO_STATISTICS);
    expect(counted).toEqual({
      ...NO_STATISTICS,
      generatedTokens: 6,
      rounds: 3,
      standardRounds: 2,
      standardReasons: { 'drafter-failed': 1 },
      draftedTokens: 4,
      acceptedTokens: 3,
      acceptedPerDepth: [1, 1, 1, 0],
      byDrafter: {
        lookup: { rounds: 1, draftedTokens: 2, acceptedTokens: 2 },
        suffix: { rounds: 1, draftedTokens: 2, acceptedTokens: 1 },
      },
      plans: { standard: 1, 'lookup:4': 2 },
      fallbacks: { 'drafter-error': 1 },
      milliseconds: { prefill: 0, draft: 3, forward: 30, verify: 6, standard: 26, decode: 0 },
    });
    expect(addStatistics(NO_STATISTICS, counted)).toEqual(counted);
    expect(addStatistics(counted, { acceptedPerDepth: [0, 0, 0, 0, 2] }).acceptedPerDepth).toEqual([1, 1, 1, 0, 2]);
  });

  it('of a time are those of its end less those of its beginning, and never below 0', () => {
    const [before, after] = [roundStatistics(round(1, 0)), roundStatistics(round(3, 4))];
    expect(statisticsSince(addStatistics(before, after), before)).toEqual({
      ...after,
      plans: { standard: 0, 'lookup:4': 1 },
    });
    expect(statisticsSince(NO_STATISTICS, before).rounds).toBe(0);
  });

  it('give acceptance rate and mean acceptance length', () => {
    expect(acceptanceRate({ acceptedTokens: 3, draftedTokens: 12 })).toBe(0.25);
    expect(acceptanceRate({ acceptedTokens: 0, draftedTokens: 0 })).toBe(0);
    expect(meanAcceptanceLength({ acceptedTokens: 3, rounds: 6 })).toBe(1.5);
    expect(meanAcceptanceLength({ acceptedTokens: 0, rounds: 0 })).toBe(0);
  });
});

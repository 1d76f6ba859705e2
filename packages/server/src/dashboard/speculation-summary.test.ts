import { NO_STATISTICS } from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimatedSpeedup, meanDepth, summarize } from './speculation-summary.js';
import { counters } from './testing/counters.js';

const NONE = NO_STATISTICS.milliseconds;

describe('estimatedSpeedup', () => {
  it('is tokens a round times the time of a standard round over the time of a round', () => {
    // 100 rounds of 12 ms with 2.5 tokens each, where a standard round takes 10 ms.
    const measured = counters({
      rounds: 100,
      standardRounds: 20,
      acceptedTokens: 150,
      milliseconds: { ...NONE, standard: 200, draft: 100, forward: 1000, verify: 100 },
    });
    expect(estimatedSpeedup(measured, measured)).toBeCloseTo((2.5 * 10) / 12, 10);
  });

  it('is 1 where every round was a standard one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 10_000 }),
        fc.double({ min: 1e-4, max: 1, noNaN: true }),
        (rounds, each) => {
          const milliseconds = { ...NONE, forward: rounds * each, standard: rounds * each };
          const measured = counters({ rounds, standardRounds: rounds, milliseconds });
          expect(estimatedSpeedup(measured, measured)).toBeCloseTo(1, 10);
        },
      ),
    );
  });

  it('says nothing without rounds, or with too few standard rounds to compare with', () => {
    const few = counters({ rounds: 100, standardRounds: 4, milliseconds: { ...NONE, forward: 1000, standard: 40 } });
    const enough = counters({ standardRounds: 50, milliseconds: { ...NONE, standard: 500 } });
    expect(estimatedSpeedup(counters(), enough)).toBeNull();
    expect(estimatedSpeedup(few, few)).toBeNull();
    expect(estimatedSpeedup(few, enough)).not.toBeNull();
  });
});

describe('summarize', () => {
  it('derives shares from counters', () => {
    const measured = counters({
      rounds: 10,
      standardRounds: 2,
      standardReasons: { load: 0, 'no-proposals': 2 },
      draftedTokens: 40,
      acceptedTokens: 10,
      acceptedPerDepth: [6, 3, 1],
      plans: { standard: 2, 'cascade:8': 8, 'lookup:4': 0 },
      fallbacks: { 'kv-capacity': 1, 'drafter-error': 0 },
      milliseconds: { ...NONE, draft: 10, forward: 100, verify: 20 },
    });
    expect(summarize(measured, measured)).toEqual({
      rounds: 10,
      standardRounds: 2,
      acceptanceRate: 0.25,
      acceptanceLength: 2,
      speedup: null,
      acceptedPerDepth: [0.75, 0.375, 0.125],
      plans: [
        { plan: 'cascade:8', share: 0.8 },
        { plan: 'standard', share: 0.2 },
      ],
      fallbacks: [{ cause: 'kv-capacity', count: 1 }],
      standardReasons: [{ reason: 'no-proposals', count: 2 }],
      milliseconds: { draft: 1, forward: 10, verify: 2 },
    });
  });

  it('has nothing to say of no rounds', () => {
    const summary = summarize(counters(), counters());
    expect(summary).toMatchObject({ acceptanceRate: null, acceptanceLength: null, speedup: null, milliseconds: null });
    expect(summary.acceptedPerDepth).toEqual([]);
  });
});

describe('meanDepth', () => {
  it('weighs depths by how often they were chosen, a standard round as 0', () => {
    expect(meanDepth({ standard: 1, 'cascade:8': 2, 'model:org/name:12:4': 1 })).toBe(5);
    expect(meanDepth({})).toBeNull();
    expect(meanDepth({ 'cascade:8': 0 })).toBeNull();
  });
});

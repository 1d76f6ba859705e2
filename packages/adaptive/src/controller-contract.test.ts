import { exponentialAverage, fixed, heuristic, standard } from '@foretoken/adaptive';
import type { DirectController, DraftPlan, RoundOutcome, RoundSituation } from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const DRAFTERS = ['a', 'b', 'c'];

const situations: fc.Arbitrary<RoundSituation> = fc.record({
  // Every controller needs its own.
  drafters: fc.subarray(DRAFTERS.slice(1)).map((others) => ['a', ...others]),
  contextLength: fc.nat({ max: 200_000 }),
  remainingTokens: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 })),
  activeSequences: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 200 })),
});

const absurd = fc.oneof(
  fc.double({ min: 0, max: 200 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, 1e-300, 1e300),
);

/** What a decoder could never report, as well as what it could. */
const outcomes = fc.record({
  drafted: fc.nat({ max: 70 }),
  accepted: fc.nat({ max: 70 }),
  emitted: fc.nat({ max: 70 }),
  perDepth: fc.array(
    fc.record(
      {
        drafted: fc.nat({ max: 8 }),
        accepted: fc.boolean(),
        confidence: fc.oneof(fc.double({ min: 0, max: 1 }), absurd),
      },
      { requiredKeys: ['drafted', 'accepted'] },
    ),
    { maxLength: 20 },
  ),
  milliseconds: fc.record({ draft: absurd, forward: absurd, verify: absurd }),
});

const controllers: Readonly<Record<string, () => DirectController>> = {
  standard,
  fixed: () => fixed({ drafter: 'a', depth: 4, width: 2 }),
  heuristic: () => heuristic({ drafter: 'a' }),
  exponentialAverage: () => exponentialAverage({ drafter: 'a' }),
};

function expectValid(plan: DraftPlan, { drafters, remainingTokens }: RoundSituation): void {
  if (plan.kind === 'standard') return;
  expect(drafters).toContain(plan.drafter);
  for (const value of [plan.depth, plan.width, plan.nodes]) {
    expect(Number.isInteger(value)).toBe(true);
    expect(value).toBeGreaterThanOrEqual(1);
  }
  expect(plan.depth).toBeLessThan(remainingTokens);
  expect(plan.minimumConfidence).toBeGreaterThanOrEqual(0);
  expect(plan.minimumConfidence).toBeLessThanOrEqual(1);
}

describe.each(Object.entries(controllers))('%s', (_, make) => {
  it('gives valid plans whatever it is told', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(situations, outcomes), { maxLength: 40 }), (rounds) => {
        const controller = make();
        for (const [situation, outcome] of rounds) {
          const plan = controller.plan(situation);
          expectValid(plan, situation);
          const { activeSequences, contextLength } = situation;
          controller.observe({ ...outcome, tokens: [], plan, activeSequences, contextLength } as RoundOutcome);
        }
        const last = { drafters: ['a'], contextLength: 10, remainingTokens: 100, activeSequences: 1 };
        expectValid(controller.plan(last), last);
      }),
    );
  });

  it('plans nothing for the last token', () => {
    const plan = make().plan({ drafters: ['a'], contextLength: 10, remainingTokens: 1, activeSequences: 1 });
    expect(plan).toMatchObject({ kind: 'standard' });
  });
});

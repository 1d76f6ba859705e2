import { costAware } from '@foretoken/adaptive';
import type { DraftController } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { depthOf, roundWith, situation } from './testing/rounds.js';

const forward = (tokens: number): number => 10 + 1.5 * tokens;
const calibration = [1, 2, 4, 8, 16].map((tokens) => ({ tokens, milliseconds: forward(tokens) }));

/** Rounds of a controller; returns how many of them asked the drafter. */
function run(
  controller: DraftController,
  {
    rounds,
    accepted,
    draft,
    drafted,
  }: {
    readonly rounds: number;
    /** Of the guesses, those from the first on that are right. */
    readonly accepted: number;
    /** Milliseconds of drafting, asked or not. */
    readonly draft: (asked: boolean, round: number) => number;
    /** Most guesses that the drafter has. */
    readonly drafted?: number;
  },
): number {
  let asked = 0;
  for (let round = 0; round < rounds; round++) {
    const plan = controller.plan(situation({ otherTokens: 0 }));
    if (plan.kind === 'speculate') asked++;
    const guesses = Math.min(depthOf(plan), drafted ?? Number.POSITIVE_INFINITY);
    const outcome = roundWith(plan, { drafted: guesses, accepted: Math.min(accepted, guesses) });
    const milliseconds = {
      draft: draft(plan.kind === 'speculate', round),
      forward: forward(1 + guesses),
      verify: 0,
    };
    controller.observe({ ...outcome, milliseconds, forwardTokens: 1 + guesses });
  }
  return asked;
}

describe('the price of drafts', () => {
  it('is not taken from the first one, for which code runs that never ran before', () => {
    for (const first of [10, 100]) {
      const shared = costAware({ calibration });
      // One guess, and a wrong one: all that is known of the drafter is that it was slow.
      run(shared.forSequence(), { rounds: 3, accepted: 0, drafted: 1, draft: (_, round) => (round === 0 ? first : 2) });
      const asked = run(shared.forSequence(), { rounds: 200, accepted: 9, draft: () => 0.3 });
      expect(asked, `after ${first} ms`).toBeGreaterThan(150);
    }
  });

  it('is found out again when it has fallen while nobody asked', () => {
    const shared = costAware({ calibration });
    run(shared.forSequence(), { rounds: 300, accepted: 9, draft: (asked) => (asked ? 200 : 0) });
    expect(run(shared.forSequence(), { rounds: 50, accepted: 9, draft: () => 0.3 })).toBe(0);
    run(shared.forSequence(), { rounds: 6000, accepted: 9, draft: () => 0.3 });
    expect(run(shared.forSequence(), { rounds: 100, accepted: 9, draft: () => 0.3 })).toBe(100);
  });

  it('is what asking takes on top of following a round without guesses', () => {
    const asks = (following: number): number => {
      const shared = costAware({ calibration });
      // A drafter that hardly ever has a guess costs nothing but the question.
      const rest = { accepted: 0, drafted: 0, draft: (asked: boolean) => (asked ? 0.6 : following) };
      run(shared.forSequence(), { rounds: 300, ...rest });
      return run(shared.forSequence(), { rounds: 300, ...rest });
    };
    expect(asks(0)).toBeLessThan(30);
    expect(asks(0.55)).toBeGreaterThan(270);
  });
});

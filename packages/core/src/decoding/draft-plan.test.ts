import { describe, expect, it } from 'vitest';
import { fitPlan } from './draft-plan.js';

const plan = { kind: 'speculate', drafter: 'lookup', depth: 6, width: 2, nodes: 12, minimumConfidence: 0.1 } as const;

describe('fitPlan', () => {
  it('leaves one token for the target and one position for the root', () => {
    expect(fitPlan(plan, { remainingTokens: 100, freePositions: 100 })).toEqual(plan);
    expect(fitPlan(plan, { remainingTokens: 4, freePositions: 100 })).toEqual({ ...plan, depth: 3 });
    expect(fitPlan(plan, { remainingTokens: 100, freePositions: 8 })).toEqual({ ...plan, nodes: 7 });
  });

  it('is standard when there is nothing to guess or no room to', () => {
    const standard = { kind: 'standard' };
    expect(fitPlan(plan, { remainingTokens: 1, freePositions: 100 })).toEqual(standard);
    expect(fitPlan(plan, { remainingTokens: 100, freePositions: 1 })).toEqual(standard);
    expect(fitPlan({ ...plan, width: 0 }, { remainingTokens: 9, freePositions: 9 })).toEqual(standard);
  });
});

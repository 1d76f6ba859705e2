import { heuristic, InvalidArgumentError } from '@foretoken/adaptive';
import { describe, expect, it } from 'vitest';
import { depthOf, roundWith, situation } from './testing/rounds.js';

describe('heuristic', () => {
  it('goes two deeper when all was accepted and one back on a rejection, between 1 and the maximum', () => {
    const controller = heuristic({ drafter: 'a', initialDepth: 3, maximumDepth: 6 });
    const depths = [3, 5, 1, 0, 0, 0, 0, 0].map((accepted) => {
      const plan = controller.plan(situation());
      controller.observe(roundWith(plan, { accepted }));
      return depthOf(plan);
    });
    expect(depths).toEqual([3, 5, 6, 5, 4, 3, 2, 1]);
    expect(depthOf(controller.plan(situation()))).toBe(1);
  });

  it('learns nothing from an empty draft or a short one that was all accepted', () => {
    const controller = heuristic({ drafter: 'a' });
    controller.observe(roundWith(controller.plan(situation()), { drafted: 0, accepted: 0 }));
    controller.observe(roundWith(controller.plan(situation()), { drafted: 2, accepted: 2 }));
    expect(depthOf(controller.plan(situation()))).toBe(5);
    expect(controller.plan(situation({ remainingTokens: 1 }))).toEqual({ kind: 'standard' });
    expect(controller.plan(situation({ remainingTokens: 3 }))).toMatchObject({ depth: 2, nodes: 2 });
  });

  it.each([{ drafter: '' }, { drafter: 'a', initialDepth: 0 }, { drafter: 'a', maximumDepth: 4 }])(
    'refuses %j',
    (options) => {
      expect(() => heuristic(options)).toThrow(InvalidArgumentError);
    },
  );
});

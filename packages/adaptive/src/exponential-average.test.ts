import { exponentialAverage, InvalidArgumentError } from '@foretoken/adaptive';
import { describe, expect, it } from 'vitest';
import { depthOf, roundWith, situation } from './testing/rounds.js';

function depthsOver(rounds: number, accepts: (depth: number) => number, options = {}): number[] {
  const controller = exponentialAverage({ drafter: 'a', ...options });
  return Array.from({ length: rounds }, () => {
    const plan = controller.plan(situation());
    controller.observe(roundWith(plan, { accepted: accepts(depthOf(plan)) }));
    return depthOf(plan);
  });
}

describe('exponentialAverage', () => {
  it('goes to the deepest when everything is accepted and to the shallowest when nothing is', () => {
    expect(depthsOver(40, (depth) => depth).at(-1)).toBe(7);
    expect(depthsOver(40, () => 0).at(-1)).toBe(1);
  });

  it('tries a depth that failed ever more rarely', () => {
    // Shallow drafts are accepted whole, deep ones not at all: every step up fails.
    const depths = depthsOver(600, (depth) => (depth <= 3 ? depth : 0));
    const climbs = depths.flatMap((depth, round) => (depth === 7 && depths[round - 1] !== 7 ? [round] : []));
    const gaps = climbs.slice(1).map((round, index) => round - (climbs[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(1);
    expect(gaps.at(-1) ?? 0).toBeGreaterThan(2 * (gaps[0] ?? 0));
  });

  it('learns nothing from an empty draft', () => {
    const controller = exponentialAverage({ drafter: 'a' });
    for (let round = 0; round < 50; round++)
      controller.observe(roundWith(controller.plan(situation()), { drafted: 0, accepted: 0 }));
    expect(depthOf(controller.plan(situation()))).toBe(3);
    expect(controller.plan(situation({ remainingTokens: 3 }))).toMatchObject({ depth: 2, nodes: 2 });
  });

  it.each([{ depths: [] }, { depths: [3, 1] }, { smoothing: 0 }, { dwell: 0 }, { hysteresis: -1 }])(
    'refuses %j',
    (options) => {
      expect(() => exponentialAverage({ drafter: 'a', ...options })).toThrow(InvalidArgumentError);
    },
  );
});

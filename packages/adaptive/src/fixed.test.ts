import { fixed, InvalidArgumentError, standard } from '@foretoken/adaptive';
import type { RoundSituation } from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const situation = (changes: Partial<RoundSituation> = {}): RoundSituation => ({
  drafters: ['lookup', 'other'],
  contextLength: 10,
  remainingTokens: 100,
  activeSequences: 1,
  ...changes,
});

describe('fixed', () => {
  it('plans what it was told, with width 1 and a full tree by default', () => {
    const chain = { kind: 'speculate', drafter: 'lookup', depth: 4, width: 1, nodes: 4, minimumConfidence: 0 };
    expect(fixed({ drafter: 'lookup', depth: 4 }).plan(situation())).toEqual(chain);
    const tree = { kind: 'speculate', drafter: 'other', depth: 3, width: 2, nodes: 5, minimumConfidence: 0.25 };
    expect(
      fixed({ drafter: 'other', depth: 3, width: 2, nodes: 5, minimumConfidence: 0.25 }).plan(situation()),
    ).toEqual(tree);
    expect(fixed({ drafter: 'other', depth: 3, width: 2 }).plan(situation())).toMatchObject({ nodes: 6 });
  });

  it('shortens to what may still come, and stops guessing for the last token', () => {
    const controller = fixed({ drafter: 'lookup', depth: 4 });
    expect(controller.plan(situation({ remainingTokens: 3 }))).toMatchObject({ kind: 'speculate', depth: 2 });
    expect(controller.plan(situation({ remainingTokens: 1 }))).toEqual({ kind: 'standard' });
  });

  it('never plans more guesses than the round can use, in any situation', () => {
    const count = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(count, count, fc.nat(60), count, (depth, width, remainingTokens, activeSequences) => {
        const controller = fixed({ drafter: 'lookup', depth, width });
        const plan = controller.plan(situation({ remainingTokens, activeSequences }));
        const planned = plan.kind === 'speculate' ? plan.depth : 0;
        expect(planned).toBe(Math.max(0, Math.min(depth, remainingTokens - 1)));
      }),
    );
  });

  it('refuses a drafter that is not at hand', () => {
    expect(() => fixed({ drafter: 'lokup', depth: 4 }).plan(situation())).toThrow(/no drafter "lokup".*lookup, other/);
  });

  it.each([
    { drafter: '', depth: 4 },
    { drafter: 'a', depth: 0 },
    { drafter: 'a', depth: 1.5 },
    { drafter: 'a', depth: 2, width: 0 },
    { drafter: 'a', depth: 2, nodes: -1 },
    { drafter: 'a', depth: 2, minimumConfidence: 1.1 },
    { drafter: 'a', depth: 2, minimumConfidence: Number.NaN },
  ])('refuses %j', (options) => {
    expect(() => fixed(options)).toThrow(InvalidArgumentError);
  });
});

describe('standard', () => {
  it('never speculates', () => {
    expect(standard().plan(situation())).toEqual({ kind: 'standard', reason: 'switched-off' });
  });
});

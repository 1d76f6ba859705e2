import { expect, it } from 'vitest';
import type { RoundView } from '../../engine/text-engine.js';
import { acceptedOf, depthOf } from './answer-rounds.js';

it('counts the accepted guesses of a round and its longest run', () => {
  const guess = (parent: number, accepted: boolean) => ({ text: 'x', parent, accepted });
  const round: RoundView = {
    index: 0,
    plan: { kind: 'standard' },
    tree: [guess(-1, true), guess(0, false), guess(-1, false)],
    tokens: ['x', 'y'],
    milliseconds: { draft: 0, forward: 0, verify: 0 },
  };
  expect(acceptedOf(round)).toBe(1);
  expect(depthOf(round)).toBe(2);
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareRows } from './compare-rows.js';

const softmax = (logits: readonly number[]): readonly number[] => {
  const weights = logits.map((logit) => Math.exp(logit));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
};

it('is what the definitions say', () => {
  const logit = fc.float({ min: -20, max: 20, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(logit, logit), { minLength: 1, maxLength: 30 }), fc.nat(), (pairs, seed) => {
      const exact = pairs.map(([one]) => one);
      const integer = pairs.map(([, other]) => other);
      const next = seed % pairs.length;
      const [p, q] = [softmax(exact), softmax(integer)];
      const found = compareRows(Float32Array.from(exact), Float32Array.from(integer), next);
      expect(found.exactLoss).toBeCloseTo(-Math.log(p[next]!), 6);
      expect(found.integerLoss).toBeCloseTo(-Math.log(q[next]!), 6);
      const divergence = p.reduce((sum, share, token) => sum + share * Math.log(share / q[token]!), 0);
      expect(found.divergence).toBeCloseTo(divergence, 6);
      expect(found.sameGreedy).toBe(exact.indexOf(Math.max(...exact)) === integer.indexOf(Math.max(...integer)));
    }),
  );
});

it('does not overflow where logits are large', () => {
  const found = compareRows(Float32Array.of(1000, 999), Float32Array.of(-1000, -1001), 1);
  expect(found.exactLoss).toBeCloseTo(1 + Math.log1p(Math.exp(-1)), 5);
  expect(found.divergence).toBeCloseTo(0, 9);
});

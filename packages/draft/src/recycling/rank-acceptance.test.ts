import { describe, expect, it } from 'vitest';
import { FLAT, RankAcceptance, SHARP, sharpnessOf, TEXT } from './rank-acceptance.js';

describe('RankAcceptance', () => {
  it('starts from rates that fall with the rank and add up to less than one', () => {
    const acceptance = new RankAcceptance(12);
    for (const sharpness of [FLAT, SHARP, TEXT]) {
      const rates = Array.from({ length: 12 }, (_, rank) => acceptance.of(sharpness, rank));
      expect(rates).toEqual([...rates].sort((a, b) => b - a));
      expect(rates.reduce((sum, rate) => sum + rate, 0)).toBeLessThan(1);
    }
    expect(acceptance.of(SHARP, 0)).toBeGreaterThan(acceptance.of(FLAT, 0));
  });

  it('comes close to the true rates of its class, follows a change, and leaves other classes alone', () => {
    const acceptance = new RankAcceptance(3);
    const before = acceptance.of(SHARP, 1);
    for (let i = 0; i < 4000; i++) acceptance.learn(FLAT, [0, 1, 1, 1, -1][i % 5]!);
    expect(acceptance.of(FLAT, 0)).toBeCloseTo(0.2, 1);
    expect(acceptance.of(FLAT, 1)).toBeCloseTo(0.6, 1);
    expect(acceptance.of(SHARP, 1)).toBe(before);
    for (let i = 0; i < 12_000; i++) acceptance.learn(FLAT, 2);
    expect(acceptance.of(FLAT, 2)).toBeGreaterThan(0.9);
    expect(acceptance.of(FLAT, 1)).toBeLessThan(0.1);
  });

  it('tells sharp scores from flat ones', () => {
    expect(sharpnessOf(Float32Array.of(9, 1, 0))).toBe(SHARP);
    expect(sharpnessOf(Float32Array.of(1, 1, 1))).toBe(FLAT);
    expect(sharpnessOf(Float32Array.of(-1000, -1001, -1002))).toBeGreaterThan(FLAT);
  });
});

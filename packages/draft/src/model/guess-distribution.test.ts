import { describe, expect, it } from 'vitest';
import { drawPlace, guessDistribution, likeliestGuesses } from './guess-distribution.js';
import { seededRandom } from './seeded-random.js';

/** Weights 1, 4, 2, 4, none, none. */
const logits = Float32Array.of(0, Math.log(4), Math.log(2), Math.log(4), Number.NEGATIVE_INFINITY, Number.NaN);

describe('likeliestGuesses', () => {
  it('gives softmax probabilities, the lower id first among equals, and no token without a logit', () => {
    const guesses = likeliestGuesses(logits, 9);
    expect(guesses.map(({ token }) => token)).toEqual([1, 3, 2, 0]);
    for (const [i, weight] of [4, 4, 2, 1].entries()) expect(guesses[i]!.probability).toBeCloseTo(weight / 11, 6);
  });

  it('renormalises over the allowed tokens', () => {
    const [best, ...rest] = likeliestGuesses(logits, 1, Int32Array.of(0, 2, 4));
    expect(best!.token).toBe(2);
    expect(best!.probability).toBeCloseTo(2 / 3, 6);
    expect(rest).toEqual([]);
    expect(likeliestGuesses(logits, 1, Int32Array.of(4, 5))).toEqual([]);
  });
});

describe('guessDistribution', () => {
  it('divides by the temperature and keeps the k likeliest', () => {
    const { tokens, probabilities } = guessDistribution(logits, { temperature: 0.5, topK: 3, allowed: undefined })!;
    expect([...tokens]).toEqual([1, 3, 2]);
    for (const [i, weight] of [16, 16, 4].entries()) expect(probabilities[i]).toBeCloseTo(weight / 36, 6);
  });

  it('is drawn from by its probabilities, never a token of probability 0', () => {
    const distribution = guessDistribution(logits, { temperature: 1, topK: undefined, allowed: undefined })!;
    const random = seededRandom(11);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 22_000; i++) counts[drawPlace(distribution, random())]!++;
    for (const [place, weight] of [1, 4, 2, 4].entries()) {
      expect(Math.abs(counts[place]! - weight * 2000)).toBeLessThan(5 * Math.sqrt(weight * 2000));
    }
    expect(counts.slice(4)).toEqual([0, 0]);
    expect(drawPlace(distribution, 1 - 2 ** -53)).toBe(3);
  });
});

describe('seededRandom', () => {
  it('repeats for the same seed and differs for others', () => {
    const first = (seed: number) => {
      const random = seededRandom(seed);
      return [random(), random(), random()];
    };
    expect(first(1)).toEqual(first(1));
    const starts = [-1, 0, 1, 2, 2 ** 32 + 1].map((seed) => first(seed)[0]);
    expect(new Set(starts).size).toBe(5);
  });
});

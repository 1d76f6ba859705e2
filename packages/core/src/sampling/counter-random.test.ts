import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32, randomAt } from './counter-random.js';

describe('philox4x32', () => {
  // Known answers of the Random123 distribution (kat_vectors, philox4x32 with 10 rounds).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('gives the published answer for counter %j', (counter, key, expected) => {
    expect(philox4x32(counter, key)).toEqual(expected);
  });
});

describe('randomAt', () => {
  it('stays in [0, 1) and depends on every coordinate', () => {
    const coordinates = { seed: 7, stream: 0, position: 3, draw: 0 };
    const numbers = new Set([
      randomAt(coordinates),
      randomAt({ ...coordinates, seed: 8 }),
      randomAt({ ...coordinates, seed: 7 + 2 ** 40 }),
      randomAt({ ...coordinates, seed: -7 }),
      randomAt({ ...coordinates, stream: 1 }),
      randomAt({ ...coordinates, position: 4 }),
      randomAt({ ...coordinates, draw: 1 }),
    ]);
    expect(numbers.size).toBe(7);
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(), (seed, position) => {
        const value = randomAt({ seed, stream: 0, position, draw: 0 });
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        expect(randomAt({ seed, stream: 0, position, draw: 0 })).toBe(value);
      }),
    );
  });

  it('is uniform over consecutive positions', () => {
    const bins = new Array<number>(20).fill(0);
    const draws = 20_000;
    for (let position = 0; position < draws; position++) {
      const bin = Math.floor(randomAt({ seed: 1, stream: 0, position, draw: 0 }) * bins.length);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const expected = draws / bins.length;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 0.999 quantile of chi-square with 19 degrees of freedom.
    expect(chiSquare).toBeLessThan(43.82);
  });
});

import { calibrateForwards, InvalidArgumentError } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { TokenListModel } from './testing/token-list-model.js';

describe('calibrateForwards', () => {
  it('gives the shortest time of each size that fits, after a warm-up, and gives its sequence back', async () => {
    const model = new TokenListModel({ vocabularySize: 5, contextLength: 8 });
    // The clock is read twice a measurement: the n-th one takes n milliseconds.
    const readings = [3, 4, 5, 6, 7, 8].flatMap((n) => [100 * n, 100 * n + n]);
    const now = (): number => readings.shift() ?? 0;
    const timings = await calibrateForwards(model, { sizes: [1, 4, 9], repetitions: 3, now });
    expect(timings).toEqual([
      { tokens: 1, milliseconds: 3 },
      { tokens: 4, milliseconds: 4 },
    ]);
    expect([model.forwards, model.openSequences, model.lastClosed]).toEqual([7, 0, []]);
  });

  it('refuses sizes that are none', async () => {
    const model = new TokenListModel({ vocabularySize: 5, contextLength: 8 });
    await expect(calibrateForwards(model, { sizes: [0] })).rejects.toThrow(InvalidArgumentError);
    await expect(calibrateForwards(model, { repetitions: 1.5 })).rejects.toThrow(InvalidArgumentError);
    expect(model.openSequences).toBe(0);
  });
});

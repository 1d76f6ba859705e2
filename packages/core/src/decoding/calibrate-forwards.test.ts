import { calibrateForwards, InvalidArgumentError } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { TokenListModel } from './testing/token-list-model.js';

describe('calibrateForwards', () => {
  it('gives the shortest time of the first size and what others took in the same turn, of sizes that fit', async () => {
    const model = new TokenListModel({ vocabularySize: 5, contextLength: 8 });
    const turns = [6, 3, 8, 2, 4, 4];
    // The clock is read before and after each pass, and once for the end.
    const readings = [0, 50, 0, ...turns.flatMap((milliseconds) => [0, milliseconds])];
    const now = (): number => readings.shift() ?? 0;
    const timings = await calibrateForwards(model, { sizes: [4, 1, 9], repetitions: 3, duration: 0, now });
    expect(timings).toEqual([
      { tokens: 1, milliseconds: 2 },
      { tokens: 4, milliseconds: 4 },
    ]);
    expect([model.forwards, model.openSequences, model.lastClosed]).toEqual([7, 0, []]);
  });

  it('goes on for the duration where passes are short', async () => {
    const model = new TokenListModel({ vocabularySize: 5, contextLength: 8 });
    let time = 0;
    const now = (): number => time++;
    await calibrateForwards(model, { sizes: [1, 2], repetitions: 1, duration: 20, now });
    expect(model.forwards).toBe(1 + 2 * 4);
  });

  it('measures nothing where no size fits', async () => {
    const model = new TokenListModel({ vocabularySize: 5, contextLength: 8 });
    expect(await calibrateForwards(model, { sizes: [9], now: () => 0 })).toEqual([]);
    expect(model.forwards).toBe(0);
  });

  it('refuses sizes and a duration that are none', async () => {
    const model = new TokenListModel({ vocabularySize: 5, contextLength: 8 });
    await expect(calibrateForwards(model, { sizes: [0] })).rejects.toThrow(InvalidArgumentError);
    await expect(calibrateForwards(model, { repetitions: 1.5 })).rejects.toThrow(InvalidArgumentError);
    await expect(calibrateForwards(model, { duration: Number.POSITIVE_INFINITY })).rejects.toThrow('duration');
    expect(model.openSequences).toBe(0);
  });
});

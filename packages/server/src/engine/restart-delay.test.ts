import { describe, expect, it } from 'vitest';
import { restartDelay } from './restart-delay.js';

describe('restartDelay', () => {
  it('doubles with every start in a row that brought nothing, up to half a minute', () => {
    const delays = Array.from({ length: 12 }, (_, failures) => restartDelay(failures));
    expect(delays.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(delays.at(-1)).toBe(30_000);
    expect([...delays].sort((a, b) => a - b)).toEqual(delays);
    expect(restartDelay(10_000)).toBe(30_000);
  });
});

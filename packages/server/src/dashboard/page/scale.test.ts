import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segments, timeAxis, valueAxis } from './scale.js';

describe('valueAxis', () => {
  it('marks round values', () => {
    expect(valueAxis([3, 183, null], 10)).toEqual({ top: 200, ticks: [0, 100, 200] });
    expect(valueAxis([], 1)).toEqual({ top: 1, ticks: [0, 0.5, 1] });
  });

  it('always reaches above every value with a few evenly spaced marks', () => {
    const values = fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })), { maxLength: 20 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 100, noNaN: true }), (drawn, least) => {
        const { top, ticks } = valueAxis(drawn, least);
        const greatest = Math.max(least, ...drawn.map((value) => value ?? 0));
        expect(top).toBeGreaterThanOrEqual(greatest * (1 - 1e-8));
        expect(top).toBeLessThanOrEqual(greatest * 2.5);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(4);
        expect(ticks.at(-1)).toBe(top);
      }),
    );
  });
});

describe('timeAxis', () => {
  it('shows the shortest span that holds everything', () => {
    expect(timeAxis(0).ticks.map(({ label }) => label)).toEqual(['−60 s', '−30 s', 'now']);
    expect(timeAxis(61_000).span).toBe(120_000);
    expect(timeAxis(599_000).ticks.map(({ label }) => label)).toEqual(['−10 min', '−5 min', 'now']);
  });
});

describe('segments', () => {
  it('breaks a line where there is no value', () => {
    const points = [1, null, null, 2, 3, null].map((value, time) => ({ time, value }));
    expect(segments(points).map((run) => run.map(({ value }) => value))).toEqual([[1], [2, 3]]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidConstraintError } from '../errors.js';
import { matches } from './match-expression.js';
import { integerWithin, type NumberBounds, numberWithin } from './number-range.js';

const decimal = fc
  .tuple(fc.integer({ min: -200_000, max: 200_000 }), fc.constantFrom(1, 10, 100, 1_000))
  .map(([n, d]) => n / d);
const bounds = (bound: fc.Arbitrary<number>): fc.Arbitrary<NumberBounds> =>
  fc.record({
    minimum: fc.option(bound, { nil: undefined }),
    maximum: fc.option(bound, { nil: undefined }),
    openMinimum: fc.boolean(),
    openMaximum: fc.boolean(),
  });

function holds(value: number, { minimum, maximum, openMinimum, openMaximum }: NumberBounds): boolean {
  const above = minimum === undefined || (openMinimum ? value > minimum : value >= minimum);
  return above && (maximum === undefined || (openMaximum ? value < maximum : value <= maximum));
}

function expression(make: () => ReturnType<typeof integerWithin>) {
  try {
    return make();
  } catch (error) {
    if (error instanceof InvalidConstraintError) return undefined;
    throw error;
  }
}

describe('number ranges', () => {
  it('write an integer exactly when it is within the bounds', () => {
    const integer = fc.oneof(fc.integer({ min: -1_200, max: 1_200 }), fc.integer());
    fc.assert(
      fc.property(bounds(integer), fc.oneof(integer, fc.integer({ min: -12, max: 12 })), (range, value) => {
        const within = expression(() => integerWithin(range, ''));
        for (const near of [
          value,
          range.minimum ?? 0,
          (range.minimum ?? 0) - 1,
          range.maximum ?? 0,
          (range.maximum ?? 0) + 1,
        ]) {
          expect(within !== undefined && matches(within, String(near))).toBe(holds(near, range));
        }
        if (within !== undefined)
          expect(matches(within, '007') || matches(within, '-0') || matches(within, '')).toBe(false);
      }),
      { numRuns: 1_500 },
    );
  });

  it('write a number exactly when it is within the bounds', () => {
    fc.assert(
      fc.property(bounds(decimal), decimal, fc.integer({ min: -3, max: 3 }), (range, value, step) => {
        const within = expression(() => numberWithin(range, ''));
        const near = [
          value,
          ...[range.minimum, range.maximum].flatMap((bound) =>
            bound === undefined ? [] : [bound, bound + step / 10_000],
          ),
        ];
        for (const number of near.map((n) => Number(n.toFixed(4)) + 0)) {
          const written = within !== undefined && matches(within, String(number));
          expect(written, `${number} in ${JSON.stringify(range)}`).toBe(holds(number, range));
        }
        for (const odd of ['', '-', '00', '1.', '.5', '-0', '+1'])
          expect(within !== undefined && matches(within, odd)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes zeros after the point, within the bounds', () => {
    const range = numberWithin({ minimum: 0.5, maximum: 2, openMinimum: false, openMaximum: false }, '');
    for (const text of ['0.50', '0.5', '1', '1.0', '2', '2.0', '2.00']) expect(matches(range, text), text).toBe(true);
    for (const text of ['0.49', '2.01', '0.0', '3']) expect(matches(range, text), text).toBe(false);
  });

  it('refuses bounds with nothing between them', () => {
    const between = (minimum: number, maximum: number): NumberBounds => ({
      minimum,
      maximum,
      openMinimum: true,
      openMaximum: true,
    });
    expect(() => integerWithin(between(3, 4), '/a')).toThrow(InvalidConstraintError);
    expect(() => numberWithin(between(3, 3), '/a')).toThrow(InvalidConstraintError);
    expect(() => integerWithin(between(1e15, 2e15), '/a')).toThrow(InvalidConstraintError);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finiteNumber, repeatedText, wholeNumber } from './parse-values.js';

describe('wholeNumber', () => {
  const parse = wholeNumber({ minimum: 1, maximum: 64 });

  it('reads every number of its range', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 64 }), (value) => parse(String(value)) === value));
  });

  it.each(['0', '65', '-1', '', ' ', '1.5', '1e1', '0x10', 'ten', '1 ', 'NaN', 'Infinity', '9'.repeat(400)])(
    'refuses %j instead of clamping it',
    (raw) => {
      expect(() => parse(raw)).toThrow('It must be a whole number from 1 to 64.');
    },
  );

  it('refuses numbers that a double does not hold exactly', () => {
    expect(wholeNumber({ minimum: 0 })('9007199254740991')).toBe(9007199254740991);
    expect(() => wholeNumber({ minimum: 0 })('9007199254740993')).toThrow('0 or more');
  });
});

describe('finiteNumber', () => {
  const parse = finiteNumber('a number from 0 to 1', (value) => value >= 0 && value <= 1);

  it.each([
    ['0', 0],
    ['1', 1],
    ['.5', 0.5],
    ['5e-1', 0.5],
    ['1.', 1],
    ['+0.25', 0.25],
  ])('reads %j', (raw, value) => {
    expect(parse(raw)).toBe(value);
  });

  it.each(['', '-0.1', '1.01', 'NaN', 'Infinity', '0x1', '1,0', '1e999', ' 1'])('refuses %j', (raw) => {
    expect(() => parse(raw)).toThrow('It must be a number from 0 to 1.');
  });
});

describe('repeatedText', () => {
  it('collects values in order and refuses an empty one', () => {
    expect(repeatedText('b', repeatedText('a', undefined))).toEqual(['a', 'b']);
    expect(() => repeatedText('', [])).toThrow('empty');
  });
});

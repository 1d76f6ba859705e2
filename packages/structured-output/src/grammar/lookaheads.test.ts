import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bothPatterns } from './lookaheads.js';

const atom = fc.constantFrom('a', 'b', '[ab]', '(?:a|b)', '.', 'a*', 'b+', '(?:ab)?', '\\(', '[|)]');
const body = fc.array(atom, { maxLength: 3 }).map((atoms) => atoms.join(''));
const beginning = fc.constantFrom('', '^', '^(?!a)', '^(?=.*b)', '^(?=b|a)(?!bb)', '^(?!^a*$)');
const pattern = fc.tuple(beginning, body, fc.constantFrom('', '$')).map((parts) => parts.join(''));
const text = fc.stringMatching(/^[ab|()\n]{0,7}$/);

it('puts patterns into one that matches what all of them match, in any order', () => {
  fc.assert(
    fc.property(pattern, pattern, pattern, text, (first, second, third, value) => {
      const [expected, one, two] = [
        [first, second, third].every((source) => new RegExp(source, 'u').test(value)),
        bothPatterns(bothPatterns(first, second)!, third)!,
        bothPatterns(third, bothPatterns(first, second)!)!,
      ];
      expect([one, two].map((source) => new RegExp(source, 'u').test(value))).toEqual([expected, expected]);
    }),
    { numRuns: 3_000 },
  );
});

it.each([
  ['^a|b$', 'c'],
  ['c', 'a|b'],
  ['^(?=a)b|c', 'c'],
  ['^(?=^a|b)c|a', 'c'],
  ['a'.repeat(3_000), 'b'.repeat(3_000)],
])('gives up on %j and %j', (first, second) => {
  expect(bothPatterns(first, second)).toBeUndefined();
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidConstraintError } from '../errors.js';
import { matches } from './match-expression.js';
import { parseRegularExpression } from './regular-expression.js';

const parse = (source: string) => parseRegularExpression(source, { path: '/pattern' });

describe('parseRegularExpression', () => {
  it('matches what the same pattern matches in JavaScript', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '\\d',
      '\\D',
      '\\w',
      '[ab]',
      '[^a]',
      '[a-c1]',
      '\\.',
      '\\x61',
      '\\u0062',
      '\\u{63}',
      '[\\d-]',
    );
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?');
    const piece = fc.tuple(atom, quantifier).map(([a, q]) => a + q);
    const group = fc
      .tuple(
        fc.array(piece, { maxLength: 3 }),
        fc.array(piece, { maxLength: 2 }),
        quantifier,
        fc.constantFrom('(', '(?:', '(?<n>'),
      )
      .map(([left, right, q, open]) => `${open}${left.join('')}|${right.join('')})${q}`);
    // One group of a name only.
    const pattern = fc.tuple(
      fc.array(piece, { maxLength: 3 }),
      fc.option(group, { nil: '' }),
      fc.array(piece, { maxLength: 2 }),
    );
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', '-', 'é', '\n'), maxLength: 6 }),
        ([a, g, b], text) => {
          const source = `${a.join('')}${g}${b.join('')}`;
          expect(matches(parse(source), text)).toBe(new RegExp(`^(?:${source})$`, 'u').test(text));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it.each([
    ['a\\:b', 'a:b'],
    ['\\@\\#\\%\\&', '@#%&'],
    ['[\\!\\=\\~\\_]+', '!=~_'],
    ['\\é\\ \\<\\`', 'é <`'],
  ])('takes a backslash before punctuation: %s', (source, text) => {
    expect(matches(parse(source), text)).toBe(true);
    expect(matches(parse(source), `${text}x`)).toBe(false);
  });

  it.each([
    '(',
    ')',
    'a)',
    '[a',
    '*a',
    'a**',
    'a{2,1}',
    'a{',
    '(?=a)',
    '(?<!a)',
    '(a)\\1',
    '\\ba',
    '\\p{L}',
    'a^b',
    'a$b',
    '(^a)',
    '[z-a]',
    '\\u12',
    ']',
    'a{99999999}',
  ])('refuses %s', (source) => {
    expect(() => parse(source)).toThrow(InvalidConstraintError);
  });
});

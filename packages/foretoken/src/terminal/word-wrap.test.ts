import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WordWrap } from './word-wrap.js';

const plain = (text: string): string => text;

function wrapped(parts: readonly string[], columns: number | undefined): string {
  const wrap = new WordWrap(() => columns);
  return parts.map((part) => wrap.push(part, plain)).join('') + wrap.end();
}

describe('WordWrap', () => {
  it.each([
    [['The quick brown', ' fox'], 10, 'The quick \nbrown fox'],
    [['in', 'ter', 'nation', 'al trade'], 14, 'international \ntrade'],
    [['abc', 'def', ' ghi', 'jkl'], 7, 'abcdef \nghijkl'],
    [['exactly ten', ' x'], 7, 'exactly\nten x'],
    [['a much-too-long-word b'], 6, 'a \nmuch-too-long-word b'],
    [['one\ntwo three'], 9, 'one\ntwo three'],
    [['漢字漢字漢字'], 6, '漢字漢\n字漢字'],
  ])('%j in %d columns', (parts, columns, expected) => {
    expect(wrapped(parts, columns)).toBe(expected);
  });

  it('leaves everything as it is where there are no columns', () => {
    expect(wrapped(['The quick brown', ' fox'], undefined)).toBe('The quick brown fox');
  });

  it('paints each part of a word as it was given', () => {
    const wrap = new WordWrap(() => 8);
    const green = (text: string): string => `<${text}>`;
    expect(wrap.push('a bet', plain) + wrap.push('ter one', green) + wrap.end()).toBe('a bet<ter>\n<one>');
  });

  it('loses nothing, and breaks no word that fits, however the text is cut', () => {
    const text = fc.stringMatching(/^[a-z \n]{0,80}$/);
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat(80), { maxLength: 6 }),
        fc.integer({ min: 4, max: 30 }),
        (whole, cuts, columns) => {
          const places = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].sort(
            (a, b) => a - b,
          );
          const parts = places.slice(1).map((at, index) => whole.slice(places[index], at));
          const out = wrapped(parts, columns);
          expect(out).toBe(wrapped([whole], columns));
          expect(out.replace(/\s/g, '')).toBe(whole.replace(/\s/g, ''));
          const words = (value: string): string[] => value.split(/\s+/).filter((word) => word !== '');
          expect(words(out)).toEqual(words(whole));
          for (const line of out.split('\n')) {
            if (words(line).every((word) => word.length <= columns)) expect(line.length).toBeLessThanOrEqual(columns);
          }
        },
      ),
    );
  });
});

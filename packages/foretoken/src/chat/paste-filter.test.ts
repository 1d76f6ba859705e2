import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PasteFilter, withLineBreaks } from './paste-filter.js';

/** What a line editor behind the filter gets of pieces that are typed or pasted. */
function filtered(pieces: readonly Buffer[], awaited = true): string {
  const filter = new PasteFilter(() => awaited);
  let text = '';
  for (const piece of pieces) {
    filter.write(piece);
    text += filter.read() ?? '';
  }
  return text;
}

/** The lines that the editor makes of it, and what is left without an end. */
const lines = (text: string): string[] => text.split(/\r\n|\r|\n/).map(withLineBreaks);

const paste = (text: string): string => `\u001B[200~${text}\u001B[201~`;

describe('PasteFilter', () => {
  it.each([
    ['one line', 'hello\r', ['hello', '']],
    ['a paste of three lines, then Enter', `${paste('a\rb\rc')}\r`, ['a\nb\nc', '']],
    ['a paste that ends with a line break waits for Enter', paste('a\nb\n'), ['a\nb\n']],
    ['text around a paste', `say ${paste('x\r\ny')} twice\r`, ['say x\ny twice', '']],
    ['two pastes', `${paste('a\rb')}${paste('c\rd')}\r`, ['a\nbc\nd', '']],
    ['several lines at once from a terminal without marks', 'a\nb\nc\n', ['a\nb\nc', '']],
    ['the same without an end', 'a\n\nb', ['a\n\nb']],
    ['commands that come together', '/clear\r/set seed 3\r', ['/clear', '/set seed 3', '']],
    ['keys', '\u001B[A\u001B', ['\u001B[A\u001B']],
  ])('%s', (_name, input, expected) => {
    expect(lines(filtered([Buffer.from(input)]))).toEqual(expected);
  });

  it('takes several lines at once for lines that were typed ahead while nothing is awaited', () => {
    expect(lines(filtered([Buffer.from('a\rb\r')], false))).toEqual(['a', 'b', '']);
    expect(lines(filtered([Buffer.from(`${paste('a\rb')}\r`)], false))).toEqual(['a\nb', '']);
  });

  it('gives the same wherever the pieces are cut', () => {
    const word = fc.stringMatching(/^[a-zä€😀\r\n]{0,6}$/u);
    const typed = fc.array(fc.oneof(word.map(paste), fc.constantFrom('x', 'é')), { maxLength: 6 });
    fc.assert(
      fc.property(typed, fc.array(fc.nat(200), { maxLength: 8 }), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        // A lone escape is a key, not half a mark.
        const safe = places.filter((at) => bytes[at - 1] !== 0x1b);
        const pieces = safe.map((at, index) => bytes.subarray(safe[index - 1] ?? 0, at));
        expect(filtered(pieces)).toBe(filtered([bytes]));
      }),
      // Between the two characters of a line break.
      { examples: [[[paste('\r\n')], [7]]] },
    );
  });
});

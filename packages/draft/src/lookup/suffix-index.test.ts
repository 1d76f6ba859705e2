import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SuffixIndex } from './suffix-index.js';

/** Compares every earlier place anew. */
function twin(text: readonly number[], minimum: number, maximum: number, recent: number, shorter: boolean) {
  const found: { position: number; gram: number }[] = [];
  for (let n = Math.min(maximum, text.length); n >= minimum; n--) {
    const places: number[] = [];
    for (let end = text.length - 1; end >= n; end--) {
      if (text.slice(end - n, end).join() === text.slice(-n).join()) places.push(end);
    }
    for (const position of places.slice(0, recent)) {
      if (!found.some((other) => other.position === position)) found.push({ position, gram: n });
    }
    if (found.length > 0 && !shorter) break;
  }
  return found;
}

describe('SuffixIndex', () => {
  it('finds the newest occurrences that a full search finds, and how long they match', () => {
    const text = fc.array(fc.nat(2), { minLength: 1, maxLength: 150 });
    const bounds = fc.record({ minimum: fc.integer({ min: 1, max: 3 }), more: fc.nat(3) });
    fc.assert(
      fc.property(text, bounds, fc.integer({ min: 1, max: 5 }), fc.boolean(), (tokens, bound, recent, shorter) => {
        const index = new SuffixIndex(bound.minimum + bound.more, 0);
        for (const token of tokens) index.append(token);
        const found = index.occurrences(bound.minimum, recent, shorter);
        expect(found).toEqual(twin(tokens, bound.minimum, bound.minimum + bound.more, recent, shorter));
        for (const { position } of found) {
          let matched = 0;
          while (matched < position && tokens[position - 1 - matched] === tokens[tokens.length - 1 - matched])
            matched++;
          expect(index.matched(position, 1000)).toBe(matched);
          expect(index.matched(position, 2)).toBe(Math.min(matched, 2));
        }
      }),
      { numRuns: 300 },
    );
  });
});

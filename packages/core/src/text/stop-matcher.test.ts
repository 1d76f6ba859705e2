import { InvalidArgumentError } from '@foretoken/core';
import { createStopMatcher, MAX_STOP_STRING_LENGTH, MAX_STOP_STRINGS } from '@foretoken/core/text';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** Reads character by character: emits all that can't become a stop string. */
function naive(text: string, stops: readonly string[]): { emitted: string; stopped: boolean; held: string } {
  for (let end = 1; end <= text.length; end++) {
    const starts = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => end - stop.length);
    if (starts.length > 0) return { emitted: text.slice(0, Math.min(...starts)), stopped: true, held: '' };
  }
  for (let from = 0; from < text.length; from++) {
    if (stops.some((stop) => stop.startsWith(text.slice(from)))) {
      return { emitted: text.slice(0, from), stopped: false, held: text.slice(from) };
    }
  }
  return { emitted: text, stopped: false, held: '' };
}

const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength, maxLength });

it('emits after every push exactly what the slow twin calls safe', () => {
  fc.assert(
    fc.property(
      fc.array(letters(0, 4), { maxLength: 12 }),
      fc.array(letters(1, 5), { maxLength: 4 }),
      (pieces, stops) => {
        const matcher = createStopMatcher(stops);
        let seen = '';
        let emitted = '';
        let stopped = false;
        for (const piece of pieces) {
          seen += piece;
          const step = matcher.push(piece);
          emitted += step.text;
          stopped = step.stopped;
          expect({ emitted, stopped }).toEqual({
            emitted: naive(seen, stops).emitted,
            stopped: naive(seen, stops).stopped,
          });
        }
        expect(matcher.finish()).toBe(naive(seen, stops).held);
        if (stopped) for (const stop of stops) expect(emitted).not.toContain(stop);
      },
    ),
    { numRuns: 1_000 },
  );
});

it('refuses empty, too long and too many stop strings', () => {
  for (const stops of [[''], ['x'.repeat(MAX_STOP_STRING_LENGTH + 1)], Array(MAX_STOP_STRINGS + 1).fill('x')]) {
    expect(() => createStopMatcher(stops)).toThrow(InvalidArgumentError);
  }
});

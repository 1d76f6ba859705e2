import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chooseWindows, type EncodedText } from './choose-windows.js';

const encoded = (name: string, length: number): EncodedText => ({
  text: { name, kind: 'prose' },
  tokens: Int32Array.from({ length }, (_, index) => index),
});

it('takes whole windows, from each text in turn, none over another', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 2, max: 9 }),
      fc.nat({ max: 50 }),
      (texts, count, length, rest) => {
        const least = Math.ceil(count / texts) * length;
        const names = Array.from({ length: texts }, (_, index) => `text ${index}`);
        const windows = chooseWindows(
          names.map((name) => encoded(name, least + rest)),
          count,
          length,
        );
        expect(windows.map(({ name }) => name)).toEqual(
          Array.from({ length: count }, (_, index) => `${names[index % texts]} ${Math.floor(index / texts) + 1}`),
        );
        for (const name of names) {
          const own = windows
            .filter((window) => window.name.startsWith(`${name} `))
            .flatMap(({ tokens }) => [...tokens]);
          expect(new Set(own).size).toBe(own.length);
          expect(own.length % length).toBe(0);
        }
      },
    ),
  );
});

it('names the text that is too short', () => {
  expect(() => chooseWindows([encoded('long', 100), encoded('short', 9)], 4, 5)).toThrow('short has 9 tokens');
});

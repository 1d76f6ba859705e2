import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDetokenizer } from './detokenizer.js';
import { Vocabulary, type VocabularyEntry } from './vocabulary.js';

const bytes = new Vocabulary(
  Array.from(
    { length: 256 },
    (_, byte): VocabularyEntry => ({ text: `<0x${byte.toString(16).padStart(2, '0')}>`, kind: 'byte' }),
  ),
  'sentencepiece',
);

it('decodes any bytes, one at a time, as the whole is decoded', () => {
  const fragment = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 3 }).map((text) => new TextEncoder().encode(text)),
    fc.constantFrom(
      [0xe0, 0x80],
      [0xed, 0xa0],
      [0xf0, 0x8f],
      [0xf4, 0x90],
      [0xc0],
      [0xf0, 0x90, 0x80],
      [0xef, 0xbb, 0xbf],
    ),
  );
  fc.assert(
    fc.property(fc.array(fragment), (fragments) => {
      const all = fragments.flatMap((part) => [...part]);
      const detokenizer = createDetokenizer(bytes, { prefixesSpace: false });
      const text = all.map((byte) => detokenizer.push(byte)).join('') + detokenizer.finish();
      expect(text).toBe(Buffer.from(all).toString('utf8'));
    }),
    { numRuns: 1_000 },
  );
});

it('holds back half a character and replaces it only at the end', () => {
  const detokenizer = createDetokenizer(bytes, { prefixesSpace: false });
  expect([0xf0, 0x9f, 0x90].map((byte) => detokenizer.push(byte))).toEqual(['', '', '']);
  expect(detokenizer.finish()).toBe('\ufffd');
});

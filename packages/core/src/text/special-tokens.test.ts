import { expect, it } from 'vitest';
import { createSpecialTokenSplitter } from './special-tokens.js';
import { Vocabulary } from './vocabulary.js';

it('gives the token that text from outside may name, where a file has a control token of the same name', () => {
  const entries = [
    { text: '<a>', kind: 'control' },
    { text: '<a>', kind: 'user-defined' },
  ] as const;
  const split = createSpecialTokenSplitter(new Vocabulary(entries, 'byte-level'));
  expect(split('x<a>', false)).toEqual([
    { kind: 'text', text: 'x' },
    { kind: 'token', token: 1 },
  ]);
  expect(split('<a>', true)).toEqual([{ kind: 'token', token: 0 }]);
});

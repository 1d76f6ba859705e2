import {
  CorruptTokenizerError,
  createTokenizerFromGguf,
  createTokenizerFromJson,
  UnsupportedTokenizerError,
} from '@foretoken/core/text';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hubTokenizerOf } from './testing/hub-tokenizer.js';
import { smallByteLevelMetadata } from './testing/small-vocabularies.js';

const metadata = smallByteLevelMetadata();
const json = hubTokenizerOf(metadata);
const config = { bos_token: '<|im_start|>', eos_token: { content: '<|im_end|>' } };

it('encodes and decodes as the same tokenizer from GGUF', () => {
  const fromJson = createTokenizerFromJson(json, config);
  const fromGguf = createTokenizerFromGguf(metadata);
  const piece = fc.constantFrom('hello', ' world', '12', '½', '<|im_end|>', '<tool>', 'ä', '🐱', '\n', "'s", '  ');
  fc.assert(
    fc.property(fc.array(piece), fc.boolean(), (pieces, specialTokens) => {
      const tokens = fromJson.encode(pieces.join(''), { specialTokens });
      expect(tokens).toEqual(fromGguf.encode(pieces.join(''), { specialTokens }));
      expect(fromJson.decode(tokens)).toBe(pieces.join(''));
    }),
  );
  expect(fromJson.endTokens).toEqual(fromGguf.endTokens);
  expect(fromJson.bosToken).toBe(fromGguf.bosToken);
});

it('refuses what it does not know or what is broken', () => {
  expect(() => createTokenizerFromJson({ ...json, decoder: { type: 'WordPiece' } })).toThrow(UnsupportedTokenizerError);
  expect(() => createTokenizerFromJson({ ...json, model: { type: 'BPE' } })).toThrow(CorruptTokenizerError);
  expect(() => createTokenizerFromJson({ ...json, model: { type: 'BPE', vocab: { a: -1 }, merges: [] } })).toThrow(
    CorruptTokenizerError,
  );
});

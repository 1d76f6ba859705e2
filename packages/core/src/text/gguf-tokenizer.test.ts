import { InvalidArgumentError } from '@foretoken/core';
import {
  CorruptTokenizerError,
  createTokenizerFromGguf,
  TextTooLongError,
  UnsupportedTokenizerError,
} from '@foretoken/core/text';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallByteLevelMetadata, smallSentencePieceMetadata } from './testing/small-vocabularies.js';

const metadata = { gpt2: smallByteLevelMetadata, llama: smallSentencePieceMetadata };

describe.each(['gpt2', 'llama'] as const)('%s', (model) => {
  const tokenizer = createTokenizerFromGguf(metadata[model]());

  it('gives back every text it encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text, { addBos: false }))).toBe(text);
      }),
    );
  });

  it('streams the same text as it decodes, and never half a character', () => {
    const tokens = fc.array(fc.nat(tokenizer.vocabularySize - 1));
    fc.assert(
      fc.property(tokens, fc.boolean(), fc.boolean(), (ids, skipSpecialTokens, continuation) => {
        const options = { skipSpecialTokens, continuation };
        const detokenizer = tokenizer.detokenizer(options);
        const pushed = ids.map((id) => detokenizer.push(id));
        expect(pushed.join('') + detokenizer.finish()).toBe(tokenizer.decode(ids, options));
      }),
    );
    // A text that itself has U+FFFD says nothing about halves.
    const whole = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\ufffd'));
    fc.assert(
      fc.property(whole, (text) => {
        const detokenizer = tokenizer.detokenizer();
        for (const id of tokenizer.encode(text)) expect(detokenizer.push(id)).not.toContain('\ufffd');
        expect(detokenizer.finish()).toBe('');
      }),
    );
  });

  it('does not recognise special tokens unless asked', () => {
    const name = model === 'gpt2' ? '<|im_end|>' : '</s>';
    const id = tokenizer.tokenId(name)!;
    expect(tokenizer.encode(`a${name}`)).not.toContain(id);
    expect(tokenizer.encode(`a${name}`, { specialTokens: true }).at(-1)).toBe(id);
    expect(tokenizer.isSpecial(id)).toBe(true);
    expect(tokenizer.endTokens).toContain(id);
    expect(tokenizer.decode([id], { skipSpecialTokens: true })).toBe('');
    expect(tokenizer.decode([id])).toBe(name);
  });

  it('refuses exactly the texts that have more tokens than they may', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(12), fc.boolean(), (text, maximumTokens, addBos) => {
        const all = tokenizer.encode(text, { addBos });
        const encode = (): Int32Array => tokenizer.encode(text, { addBos, maximumTokens });
        if (all.length > maximumTokens) expect(encode).toThrow(TextTooLongError);
        else expect(encode()).toEqual(all);
      }),
    );
  });

  it('refuses by its length what can not fit, without reading it', () => {
    // Tokenising this much would take minutes and all memory.
    const text = 'a'.repeat(2 ** 28);
    expect(() => tokenizer.encode(text, { maximumTokens: 1_000_000 })).toThrow(TextTooLongError);
  });

  it('puts one BOS first, never two', () => {
    const bos = tokenizer.bosToken!;
    expect([...tokenizer.encode('', { addBos: true })]).toEqual([bos]);
    const text = `${tokenizer.tokenText(bos)}h`;
    expect([...tokenizer.encode(text, { addBos: true, specialTokens: true })].filter((id) => id === bos)).toHaveLength(
      1,
    );
    expect(tokenizer.addsBos).toBe(model === 'llama');
  });

  it('refuses ids outside of the vocabulary', () => {
    for (const id of [-1, tokenizer.vocabularySize, 0.5, Number.NaN]) {
      expect(() => tokenizer.decode([id])).toThrow(InvalidArgumentError);
      expect(() => tokenizer.tokenText(id)).toThrow(InvalidArgumentError);
      expect(() => tokenizer.tokenBytes(id)).toThrow(InvalidArgumentError);
    }
  });

  it('gives the bytes of each token, half characters too', () => {
    const bytes = [...tokenizer.encode('hé', { addBos: false })].flatMap((id) => [...tokenizer.tokenBytes(id)]);
    expect(new TextDecoder().decode(Uint8Array.from(bytes)).trim()).toBe('hé');
  });

  it.each<[string, Record<string, unknown>]>([
    ['no tokens', { 'tokenizer.ggml.tokens': undefined }],
    ['no model', { 'tokenizer.ggml.model': undefined }],
    ['an end token out of range', { 'tokenizer.ggml.eos_token_id': 99_999 }],
    ['types of another length', { 'tokenizer.ggml.token_type': [1, 2] }],
    ['a flag that is none', { 'tokenizer.ggml.add_bos_token': 'yes' }],
    ['tokens that are no strings', { 'tokenizer.ggml.tokens': [1, 2] }],
    model === 'gpt2'
      ? ['no merges', { 'tokenizer.ggml.merges': undefined }]
      : ['no scores', { 'tokenizer.ggml.scores': undefined }],
    model === 'gpt2'
      ? ['an unknown merge', { 'tokenizer.ggml.merges': ['h z'] }]
      : ['few scores', { 'tokenizer.ggml.scores': [0] }],
  ])('refuses metadata with %s', (_, changes) => {
    expect(() => createTokenizerFromGguf(metadata[model](changes))).toThrow(CorruptTokenizerError);
  });
});

it('merges by rank, word by word', () => {
  const tokenizer = createTokenizerFromGguf(smallByteLevelMetadata());
  const texts = [...tokenizer.encode('hello world12<tool>')].map((id) => tokenizer.tokenText(id));
  expect(texts).toEqual(['hello', ' world', '1', '2', '<tool>']);
  expect(tokenizer.tokenId(' world')).toBe(tokenizer.encode(' world')[0]);
});

it('merges by score and falls back to bytes', () => {
  const tokenizer = createTokenizerFromGguf(smallSentencePieceMetadata());
  const texts = (text: string) => [...tokenizer.encode(text, { addBos: false })].map((id) => tokenizer.tokenText(id));
  // ▁h (-9), el (-10), ell (-12), ▁hell (-14), ▁hello (-13): each merge makes the next possible.
  expect(texts('hello')).toEqual([' hello']);
  // el, then ell: nothing is left for `lo`.
  expect(texts('wello')).toEqual([' ', 'w', 'ell', 'o']);
  expect(tokenizer.encode('€', { addBos: false })).toHaveLength(4);
  expect(tokenizer.decode(tokenizer.encode('h'), { continuation: true, skipSpecialTokens: true })).toBe(' h');
});

it('names the supported values when it knows neither model nor pre-tokenizer', () => {
  const unknownModel = smallByteLevelMetadata({ 'tokenizer.ggml.model': 'rwkv' });
  expect(() => createTokenizerFromGguf(unknownModel)).toThrow(/"rwkv".*gpt2 and llama/);
  for (const pre of ['no-such', undefined]) {
    const unknown = smallByteLevelMetadata({ 'tokenizer.ggml.pre': pre });
    expect(() => createTokenizerFromGguf(unknown)).toThrow(UnsupportedTokenizerError);
    expect(() => createTokenizerFromGguf(unknown, { preTokenizer: 'qwen2' })).not.toThrow();
  }
});

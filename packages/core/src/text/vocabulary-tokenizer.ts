import { InvalidArgumentError } from '../errors.js';
import { createDetokenizer } from './detokenizer.js';
import { TextTooLongError } from './errors.js';
import type { Tokenizer } from './tokenizer.js';
import type { Vocabulary } from './vocabulary.js';

// Names under which models mark the end of a turn or of the text beside their declared end token.
const END_TOKEN_NAMES: readonly string[] = [
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|end|>',
  '<|eot|>',
  '<end_of_turn>',
  '<|return|>',
];

/** A tokenizer around a vocabulary and a way to encode. */
export function createVocabularyTokenizer(parts: {
  readonly vocabulary: Vocabulary;
  /** May stop once it has more tokens than `maximumTokens`. */
  readonly encode: (text: string, specialTokens: boolean, maximumTokens: number) => readonly number[];
  readonly bosToken: number | undefined;
  readonly addsBos: boolean;
  /** End tokens that the model's files declare; tokens with a well-known name join them. */
  readonly endTokens: readonly number[];
  readonly prefixesSpace: boolean;
}): Tokenizer {
  const { vocabulary, bosToken, prefixesSpace } = parts;
  const addsBos = parts.addsBos && bosToken !== undefined;
  const endTokens = new Set(parts.endTokens);
  for (const name of END_TOKEN_NAMES) {
    const id = vocabulary.idOf(name);
    if (id !== undefined && ['control', 'user-defined'].includes(vocabulary.kindOf(id))) endTokens.add(id);
  }

  const withBos = (ids: readonly number[], wanted: boolean): Int32Array => {
    if (!wanted) return Int32Array.from(ids);
    if (bosToken === undefined) {
      throw new InvalidArgumentError('addBos is true, but this model has no BOS token; leave the option out.', {
        addBos: true,
      });
    }
    return Int32Array.from(ids[0] === bosToken ? ids : [bosToken, ...ids]);
  };

  const tokenizer: Tokenizer = {
    vocabularySize: vocabulary.size,
    ...(bosToken === undefined ? {} : { bosToken }),
    addsBos,
    endTokens,
    encode(text, options = {}) {
      const { maximumTokens = Number.POSITIVE_INFINITY } = options;
      // No UTF-16 unit takes less than a byte.
      if (text.length > maximumTokens * vocabulary.longestToken) throw new TextTooLongError(maximumTokens);
      const ids = withBos(parts.encode(text, options.specialTokens ?? false, maximumTokens), options.addBos ?? addsBos);
      if (ids.length > maximumTokens) throw new TextTooLongError(maximumTokens);
      return ids;
    },
    decode(tokens, options = {}) {
      const detokenizer = tokenizer.detokenizer(options);
      let text = '';
      for (let i = 0; i < tokens.length; i++) text += detokenizer.push(tokens[i] ?? -1);
      return text + detokenizer.finish();
    },
    detokenizer: (options = {}) => createDetokenizer(vocabulary, { ...options, prefixesSpace }),
    tokenText: (token) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(vocabulary.bytesOf(token)),
    tokenBytes: (token) => vocabulary.bytesOf(token),
    tokenId: (text) => vocabulary.idOfText(text),
    isSpecial: (token) => vocabulary.isSpecial(token),
  };
  return tokenizer;
}

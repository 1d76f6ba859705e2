import { createBytePairEncoder } from './byte-pair-encoding.js';
import { CorruptTokenizerError, UnsupportedTokenizerError } from './errors.js';
import { type GgufMetadata, readFlag, readNumbers, readString, readStrings, readTokenId } from './gguf-metadata.js';
import { preTokenizerNamed } from './pre-tokenizer.js';
import { createSentencePieceEncoder } from './sentencepiece.js';
import { createSpecialTokenSplitter } from './special-tokens.js';
import type { Tokenizer } from './tokenizer.js';
import { type TokenKind, Vocabulary } from './vocabulary.js';
import { createVocabularyTokenizer } from './vocabulary-tokenizer.js';

/** What the metadata can't say. */
export interface GgufTokenizerOptions {
  /**
   * Name of the pre-tokenizer that the model was trained with, for a file whose `tokenizer.ggml.pre` is missing
   * or unknown. Only byte-level BPE has one.
   * @default tokenizer.ggml.pre
   */
  readonly preTokenizer?: string;
}

/**
 * Builds the tokenizer that a GGUF file carries: byte-level BPE (`gpt2`) or SentencePiece (`llama`). Token ids are
 * those of llama.cpp for the same file. Throws `UnsupportedTokenizerError` for another model or an unknown
 * pre-tokenizer, `CorruptTokenizerError` for metadata that is missing or contradicts itself.
 */
export function createTokenizerFromGguf(metadata: GgufMetadata, options: GgufTokenizerOptions = {}): Tokenizer {
  const model = readString(metadata, 'tokenizer.ggml.model');
  if (model === undefined)
    throw new CorruptTokenizerError('The file has no tokenizer.ggml.model; take a complete GGUF file.');
  if (model !== 'gpt2' && model !== 'llama') {
    throw new UnsupportedTokenizerError(
      `The tokenizer model ${JSON.stringify(model)} (tokenizer.ggml.model) is not supported; supported are gpt2 and llama.`,
      { model, supported: ['gpt2', 'llama'] },
    );
  }
  const vocabulary = readVocabulary(metadata, model);
  const split = createSpecialTokenSplitter(vocabulary);
  const tokenId = (name: string): number | undefined =>
    readTokenId(metadata, `tokenizer.ggml.${name}_token_id`, vocabulary.size);
  const eos = tokenId('eos') ?? (model === 'llama' ? vocabulary.idOf('</s>') : undefined);
  const bosToken = tokenId('bos') ?? (model === 'llama' ? vocabulary.idOf('<s>') : undefined);
  const endTokens = [eos, tokenId('eot'), tokenId('eom')].filter((id) => id !== undefined);
  const addsBos = readFlag(metadata, 'tokenizer.ggml.add_bos_token');

  if (model === 'gpt2') {
    const preTokenizer = preTokenizerNamed(options.preTokenizer ?? readString(metadata, 'tokenizer.ggml.pre'));
    const encodeText = createBytePairEncoder(vocabulary, readMergeRanks(metadata, vocabulary), preTokenizer);
    return createVocabularyTokenizer({
      vocabulary,
      encode: (text, specialTokens, maximumTokens) => {
        const ids: number[] = [];
        for (const part of split(text, specialTokens)) {
          if (ids.length > maximumTokens) break;
          if (part.kind === 'token') ids.push(part.token);
          else for (const id of encodeText(part.text, maximumTokens - ids.length)) ids.push(id);
        }
        return ids;
      },
      bosToken,
      addsBos: addsBos ?? preTokenizer.addsBos,
      endTokens,
      prefixesSpace: false,
    });
  }

  const prefixesSpace = readFlag(metadata, 'tokenizer.ggml.add_space_prefix') ?? true;
  const scores = readNumbers(metadata, 'tokenizer.ggml.scores', vocabulary.size);
  if (!scores)
    throw new CorruptTokenizerError('The file has no tokenizer.ggml.scores, which a llama tokenizer merges by.');
  const unknownToken = tokenId('unknown') ?? vocabulary.idOf('<unk>');
  const encodeText = createSentencePieceEncoder({ vocabulary, scores, unknownToken, prefixesSpace });
  return createVocabularyTokenizer({
    vocabulary,
    encode: (text, specialTokens) => {
      const parts = split(text, specialTokens);
      return parts.flatMap((part, i) =>
        part.kind === 'token' ? [part.token] : encodeText(part.text, i === 0 || parts[i - 1]?.kind === 'token'),
      );
    },
    bosToken,
    addsBos: addsBos ?? true,
    endTokens,
    prefixesSpace,
  });
}

const kinds: ReadonlyMap<number, TokenKind> = new Map([
  [1, 'text'],
  [2, 'unknown'],
  [3, 'control'],
  [4, 'user-defined'],
  [5, 'unused'],
  [6, 'byte'],
]);

function readVocabulary(metadata: GgufMetadata, model: 'gpt2' | 'llama'): Vocabulary {
  const texts = readStrings(metadata, 'tokenizer.ggml.tokens');
  if (!texts || texts.length === 0)
    throw new CorruptTokenizerError('The file has no tokenizer.ggml.tokens; take a complete GGUF file.');
  const types = readNumbers(metadata, 'tokenizer.ggml.token_type', texts.length);
  const entries = texts.map((text, id) => {
    const type = types?.[id] ?? 1;
    const kind = kinds.get(type);
    if (!kind) {
      throw new CorruptTokenizerError(`tokenizer.ggml.token_type of token ${id} is ${type}; it must be 1 to 6.`, {
        token: id,
        type,
      });
    }
    return { text, kind };
  });
  return new Vocabulary(entries, model === 'gpt2' ? 'byte-level' : 'sentencepiece');
}

function readMergeRanks(metadata: GgufMetadata, vocabulary: Vocabulary): ReadonlyMap<string, number> {
  const merges = readStrings(metadata, 'tokenizer.ggml.merges');
  if (!merges)
    throw new CorruptTokenizerError('The file has no tokenizer.ggml.merges, which a gpt2 tokenizer merges by.');
  const ranks = new Map<string, number>();
  for (const [rank, merge] of merges.entries()) {
    const space = merge.indexOf(' ', 1);
    const left = merge.slice(0, space);
    const right = merge.slice(space + 1);
    if (space < 0 || [left, right, left + right].some((text) => vocabulary.idOf(text) === undefined)) {
      throw new CorruptTokenizerError(
        `Merge ${rank} of tokenizer.ggml.merges is ${JSON.stringify(merge)}; it must be two tokens with a space between them that together are a token.`,
        { merge, rank },
      );
    }
    if (!ranks.has(merge)) ranks.set(merge, rank);
  }
  return ranks;
}

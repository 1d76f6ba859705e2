import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import { CorruptTokenizerError, UnsupportedTokenizerError } from './errors.js';
import type { Tokenizer } from './tokenizer.js';
import { type Spelling, Vocabulary, type VocabularyEntry } from './vocabulary.js';
import { createVocabularyTokenizer } from './vocabulary-tokenizer.js';

/** Largest token id that is read: a vocabulary is an array, and a stray id must not make it huge. */
const MAX_TOKEN_ID = 4_194_303;

export interface JsonTokenizerOptions {
  /** Ids of further tokens that end generation, as `generation_config.json` lists them. @default [] */
  readonly endTokens?: readonly number[];
}

/**
 * Builds the tokenizer of a Hugging Face model from its parsed `tokenizer.json` and, where there is one,
 * `tokenizer_config.json` (for the names of its BOS and end tokens). Encodes with `@huggingface/tokenizers`.
 * Throws `UnsupportedTokenizerError` for anything but byte-level or SentencePiece-like BPE and Unigram, and
 * `CorruptTokenizerError` for a file that contradicts itself.
 */
export function createTokenizerFromJson(
  tokenizerJson: object,
  tokenizerConfig: object = {},
  options: JsonTokenizerOptions = {},
): Tokenizer {
  const json = tokenizerJson as TokenizerJson;
  const config = tokenizerConfig as TokenizerConfig;
  const vocabulary = new Vocabulary(readEntries(json), spellingOf(json));
  const addedTokens = json.added_tokens ?? [];
  const build = (added: readonly AddedToken[]): HubTokenizer => {
    try {
      return new HubTokenizer(
        { ...json, pre_tokenizer: withUnicodeDigits(json.pre_tokenizer), added_tokens: added },
        config,
      );
    } catch (error) {
      throw new CorruptTokenizerError(
        'The tokenizer.json is not complete or has parts that are not supported.',
        {},
        error,
      );
    }
  };
  const recognising = build(addedTokens);
  const plain = build(addedTokens.filter((token) => token.special !== true));

  const idNamed = (token: TokenName | undefined): number | undefined => {
    const name = typeof token === 'object' ? token?.content : token;
    return name === undefined ? undefined : vocabulary.idOf(name);
  };
  const bosToken = idNamed(config.bos_token);
  const eosToken = idNamed(config.eos_token);
  const { endTokens = [] } = options;
  for (const id of endTokens) vocabulary.kindOf(id);
  return createVocabularyTokenizer({
    vocabulary,
    encode: (text, specialTokens) =>
      (specialTokens ? recognising : plain).encode(text, { add_special_tokens: false }).ids,
    bosToken,
    addsBos: config.add_bos_token ?? (bosToken !== undefined && recognising.encode('a').ids[0] === bosToken),
    endTokens: eosToken === undefined ? endTokens : [eosToken, ...endTokens],
    prefixesSpace: vocabulary.spelling === 'sentencepiece' && stripsLeadingSpace(json),
  });
}

type TokenName = string | { readonly content: string } | null;

interface TokenizerConfig {
  readonly bos_token?: TokenName;
  readonly eos_token?: TokenName;
  readonly add_bos_token?: boolean;
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
}

interface Step {
  readonly type?: string;
  readonly decoders?: readonly Step[];
  readonly add_prefix_space?: boolean;
  readonly prepend_scheme?: string;
}

interface TokenizerJson {
  readonly model?: {
    readonly type?: string;
    readonly vocab?: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
  };
  readonly added_tokens?: readonly AddedToken[];
  readonly decoder?: Step | null;
  readonly pre_tokenizer?: PreTokenizerStep | null;
}

interface PreTokenizerStep {
  readonly type?: string;
  readonly individual_digits?: boolean;
  readonly pretokenizers?: readonly PreTokenizerStep[];
}

/** The library's `Digits` knows only 0-9; the reference implementation isolates every Unicode number (`½`, `²`, `٣`). */
function withUnicodeDigits(step: PreTokenizerStep | null | undefined): object | null {
  if (!step) return null;
  if (step.pretokenizers) return { ...step, pretokenizers: step.pretokenizers.map(withUnicodeDigits) };
  if (step.type !== 'Digits') return step;
  const pattern = { Regex: step.individual_digits === true ? '\\p{N}' : '\\p{N}+' };
  return { type: 'Split', pattern, behavior: 'Isolated', invert: false };
}

function steps(json: TokenizerJson): readonly Step[] {
  return json.decoder?.decoders ?? (json.decoder ? [json.decoder] : []);
}

function stripsLeadingSpace(json: TokenizerJson): boolean {
  return steps(json).some(
    (step) =>
      step.type === 'Strip' ||
      (step.type === 'Metaspace' && step.add_prefix_space !== false && step.prepend_scheme !== 'never'),
  );
}

function spellingOf(json: TokenizerJson): Spelling {
  const types = steps(json).map((step) => step.type ?? '');
  const type = json.model?.type ?? 'BPE';
  if (type === 'BPE' && types.includes('ByteLevel')) return 'byte-level';
  if (
    (type === 'BPE' || type === 'Unigram') &&
    ['Metaspace', 'ByteFallback', 'Replace'].some((name) => types.includes(name))
  ) {
    return 'sentencepiece';
  }
  throw new UnsupportedTokenizerError(
    `A tokenizer.json with the model ${JSON.stringify(type)} and the decoder ${JSON.stringify(types)} is not supported; supported are byte-level BPE (decoder ByteLevel), and BPE or Unigram with Metaspace, Replace or ByteFallback.`,
    { model: type, decoder: types },
  );
}

function readEntries(json: TokenizerJson): readonly (VocabularyEntry | undefined)[] {
  const vocab = json.model?.vocab;
  if (!vocab) throw new CorruptTokenizerError('The tokenizer.json has no model.vocab; take a complete file.');
  const entries: (VocabularyEntry | undefined)[] = [];
  const add = (id: number, entry: VocabularyEntry): void => {
    if (!Number.isInteger(id) || id < 0 || id > MAX_TOKEN_ID) {
      throw new CorruptTokenizerError(
        `Token ${JSON.stringify(entry.text)} has the id ${id}; ids go from 0 to ${MAX_TOKEN_ID}.`,
        { id },
      );
    }
    while (entries.length < id) entries.push(undefined);
    entries[id] = entry;
  };
  const listed: readonly (readonly [string, number])[] = Array.isArray(vocab)
    ? vocab.map(([text]: readonly [string, number], id): [string, number] => [text, id])
    : Object.entries(vocab as Readonly<Record<string, number>>);
  for (const [text, id] of listed) add(id, { text, kind: /^<0x[0-9A-Fa-f]{2}>$/.test(text) ? 'byte' : 'text' });
  for (const { id, content, special } of json.added_tokens ?? []) {
    add(id, { text: content, kind: special === true ? 'control' : 'user-defined' });
  }
  return entries;
}

import { CorruptTokenizerError } from './errors.js';

/** Metadata of a GGUF file. Numbers may be `number` or `bigint`, arrays JavaScript or typed arrays. */
export type GgufMetadata = ReadonlyMap<string, unknown>;

export function readString(metadata: GgufMetadata, key: string): string | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(key, value, 'a string');
}

export function readFlag(metadata: GgufMetadata, key: string): boolean | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongType(key, value, 'true or false');
}

/** A token id, checked against the vocabulary's size. */
export function readTokenId(metadata: GgufMetadata, key: string, vocabularySize: number): number | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' && typeof value !== 'bigint') throw wrongType(key, value, 'a token id');
  const id = Number(value);
  // Converters write -1, as a signed or an unsigned 32-bit number, for "none".
  if (id === -1 || id === 0xffff_ffff) return undefined;
  if (Number.isInteger(id) && id >= 0 && id < vocabularySize) return id;
  throw new CorruptTokenizerError(`${key} is ${value}, but the vocabulary has only ${vocabularySize} tokens.`, {
    key,
    id,
    vocabularySize,
  });
}

export function readStrings(metadata: GgufMetadata, key: string): readonly string[] | undefined {
  const value: unknown = metadata.get(key);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw wrongType(key, value, 'an array of strings');
}

/** Numbers, one for each token. */
export function readNumbers(metadata: GgufMetadata, key: string, length: number): readonly number[] | undefined {
  const value: unknown = metadata.get(key);
  if (value === undefined) return undefined;
  const items = isIterable(value) ? Array.from(value) : undefined;
  if (!items?.every((item) => typeof item === 'number' || typeof item === 'bigint'))
    throw wrongType(key, value, 'an array of numbers');
  if (items.length !== length) {
    throw new CorruptTokenizerError(`${key} has ${items.length} entries for ${length} tokens; it must have one each.`, {
      key,
      entries: items.length,
      tokens: length,
    });
  }
  return items.map(Number);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function wrongType(key: string, value: unknown, expected: string): CorruptTokenizerError {
  const actual = Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  return new CorruptTokenizerError(`${key} is ${actual}; it must be ${expected}.`, { key });
}

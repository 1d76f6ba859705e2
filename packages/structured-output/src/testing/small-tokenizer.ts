import type { Tokenizer } from '@foretoken/core/text';

const PIECES = [
  '{"',
  '": ',
  ', "',
  '"}',
  '": "',
  '", "',
  '[]',
  '{}',
  '}]',
  'true',
  'false',
  'null',
  'name',
  ' and',
  'ab',
  '12',
  '00',
  '.5',
  'é',
  '漢字',
  '\\n',
  '\\u',
  '<tool_call>',
  '</tool_call>',
  '\n',
];

/** Bytes after which UTF-8 does not allow every byte that goes on a character, which the library does not know. */
const ODD_BYTES = new Set([0xe0, 0xed, 0xf0, 0xf4]);

/** The token that ends an answer. */
export const END = 256 + PIECES.length;
/** A token that stands for no text. */
export const SPECIAL = END + 1;

/** A vocabulary of every byte and some longer pieces: small enough that grammars compile at once. */
export function smallTokenizer(): Tokenizer {
  const encoder = new TextEncoder();
  const bytes = [
    ...Array.from({ length: 256 }, (_, byte) => (ODD_BYTES.has(byte) ? new Uint8Array(0) : Uint8Array.of(byte))),
    ...PIECES.map((p) => encoder.encode(p)),
  ];
  const tokenBytes = (token: number): Uint8Array => bytes[token] ?? new Uint8Array(0);
  const decode = (tokens: ArrayLike<number>): string =>
    Buffer.concat(Array.from(tokens, (token) => tokenBytes(token))).toString('utf8');
  return {
    vocabularySize: SPECIAL + 1,
    addsBos: false,
    endTokens: new Set([END]),
    encode: (text) => Int32Array.from(encoder.encode(text)),
    decode,
    detokenizer: () => {
      throw new Error('Not needed here.');
    },
    tokenText: (token) => decode([token]),
    tokenBytes,
    tokenId: () => undefined,
    isSpecial: (token) => token >= END,
  };
}

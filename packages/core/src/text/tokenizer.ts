import type { IncrementalDetokenizer } from '../contracts/text-codec.js';

/** Turns text into token ids and back. Get one from `createTokenizerFromGguf` or `createTokenizerFromJson`. */
export interface Tokenizer {
  /** Number of token ids: valid ids are 0 … vocabularySize - 1. */
  readonly vocabularySize: number;
  /** The token that begins a text, where the model has one. */
  readonly bosToken?: number;
  /** Whether the model was trained with `bosToken` before every text. */
  readonly addsBos: boolean;
  /** Tokens that end generation: end of text, end of turn. */
  readonly endTokens: ReadonlySet<number>;
  /**
   * Token ids of a text. Shape [tokens]. Throws `InvalidArgumentError` when a BOS is asked for that the model lacks, and
   * `TextTooLongError` for more tokens than `maximumTokens`.
   */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** Text of token ids; bytes that are not UTF-8 become U+FFFD. Throws `InvalidArgumentError` for an unknown id. */
  decode(tokens: ArrayLike<number>, options?: DecodeOptions): string;
  /** Decodes one token at a time; what it returns adds up to what `decode` returns for the same options. */
  detokenizer(options?: DecodeOptions): IncrementalDetokenizer;
  /** Text of one token, where it stands within a text. Half a character becomes U+FFFD. Throws `InvalidArgumentError` for an unknown id. */
  tokenText(token: number): string;
  /** The UTF-8 bytes of one token; may be a part of a character. Throws `InvalidArgumentError` for an unknown id. */
  tokenBytes(token: number): Uint8Array;
  /** The single token with this text (`'<|im_end|>'`, `' Rome'`), if there is one. */
  tokenId(text: string): number | undefined;
  /** Whether a token controls the model instead of standing for text. Throws `InvalidArgumentError` for an unknown id. */
  isSpecial(token: number): boolean;
}

/** How a text is encoded. */
export interface EncodeOptions {
  /**
   * Recognise the names of special tokens in the text. Leave it off for text from outside, which could
   * otherwise end a turn and begin another.
   * @default false
   */
  readonly specialTokens?: boolean;
  /**
   * Put the BOS token first. A text that already begins with it gets no second one.
   * @default the model's own setting, `addsBos`
   */
  readonly addBos?: boolean;
  /**
   * Most tokens of the text, BOS included. A text that is too long to have fewer tokens is refused before it is
   * tokenised, any other as soon as the limit is exceeded. Integer >= 0.
   * @default no limit
   */
  readonly maximumTokens?: number | undefined;
}

/** How tokens become text. */
export interface DecodeOptions {
  /** Leave special tokens out. @default false */
  readonly skipSpecialTokens?: boolean;
  /**
   * The tokens continue other text, as generated ones do. SentencePiece models put a space before a text; it is taken
   * off again at the start of a text, but not at the start of a continuation.
   * @default false
   */
  readonly continuation?: boolean;
}

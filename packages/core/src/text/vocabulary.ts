import { InvalidArgumentError } from '../errors.js';
import { fromByteAlphabet, toByteAlphabet } from './byte-level.js';

/** How a vocabulary writes text: in GPT-2's byte alphabet, or as SentencePiece does (`▁` for a space, `<0xNN>` for a byte). */
export type Spelling = 'byte-level' | 'sentencepiece';

/** What a token is for. */
export type TokenKind = 'text' | 'unknown' | 'control' | 'user-defined' | 'unused' | 'byte';

/** One token as its model's files describe it. */
export interface VocabularyEntry {
  readonly text: string;
  readonly kind: TokenKind;
}

const utf8 = new TextEncoder();

/** The tokens of a model: ids, spelling, bytes and kinds. */
export class Vocabulary {
  readonly #ids = new Map<string, number>();
  #longestToken: number | undefined;

  /** An id without an entry is a hole: it decodes to nothing. */
  constructor(
    readonly entries: readonly (VocabularyEntry | undefined)[],
    readonly spelling: Spelling,
  ) {
    for (const [id, entry] of entries.entries()) if (entry) this.#ids.set(entry.text, id);
  }

  get size(): number {
    return this.entries.length;
  }

  /** Bytes of the longest token; a text has at least one token for as many. */
  get longestToken(): number {
    this.#longestToken ??= this.entries.reduce((most, _, id) => Math.max(most, this.bytesOf(id).length), 1);
    return this.#longestToken;
  }

  /** Id of a token by its spelling in the vocabulary. */
  idOf(spelled: string): number | undefined {
    return this.#ids.get(spelled);
  }

  /** Id of the token that stands for a text, special or not. */
  idOfText(text: string): number | undefined {
    const named = this.#ids.get(text);
    if (named !== undefined && this.#isVerbatim(named)) return named;
    const id = this.#ids.get(this.spelling === 'byte-level' ? toByteAlphabet(text) : text.replaceAll(' ', '▁'));
    return id !== undefined && this.entries[id]?.kind === 'byte' ? undefined : id;
  }

  kindOf(id: number): TokenKind {
    this.#check(id);
    return this.entries[id]?.kind ?? 'unused';
  }

  isSpecial(id: number): boolean {
    const kind = this.kindOf(id);
    return kind === 'control' || kind === 'unknown';
  }

  /** The UTF-8 bytes that a token stands for; may be half a character. */
  bytesOf(id: number): Uint8Array {
    this.#check(id);
    const entry = this.entries[id];
    if (!entry) return new Uint8Array(0);
    if (this.#isVerbatim(id)) return utf8.encode(entry.text);
    if (this.spelling === 'byte-level') return fromByteAlphabet(entry.text) ?? utf8.encode(entry.text);
    const byte = entry.kind === 'byte' ? /^<0x([0-9A-Fa-f]{2})>$/.exec(entry.text)?.[1] : undefined;
    return byte === undefined ? utf8.encode(entry.text.replaceAll('▁', ' ')) : Uint8Array.of(Number.parseInt(byte, 16));
  }

  #isVerbatim(id: number): boolean {
    const kind = this.entries[id]?.kind;
    return kind === 'control' || kind === 'user-defined' || kind === 'unknown';
  }

  #check(id: number): void {
    if (Number.isInteger(id) && id >= 0 && id < this.entries.length) return;
    throw new InvalidArgumentError(
      `Token ${id} is not in the vocabulary; ids go from 0 to ${this.entries.length - 1}.`,
      { token: id, vocabularySize: this.entries.length },
    );
  }
}

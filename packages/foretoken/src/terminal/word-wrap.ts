import stringWidth from 'string-width';

/** A part of a text and what it is painted with. */
interface Piece {
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** Where a line may be broken behind: white space, and letters of scripts that are written without it. */
const WORD = /[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]+|\s|[\s\S]/gu;

/**
 * Lays out a text that comes in parts, so that words which do not fit into a line begin the next one. A word is given out
 * when it is whole: what is left at the end, `end` gives.
 */
export class WordWrap {
  readonly #columns: () => number | undefined;
  #column = 0;
  #word: Piece[] = [];

  /** @param columns of the terminal, asked for anew as it may be resized; `undefined`: lines are not broken. */
  constructor(columns: () => number | undefined) {
    this.#columns = columns;
  }

  push(text: string, paint: Piece['paint']): string {
    if (this.#columns() === undefined) return paint(text);
    let out = '';
    for (const [part] of text.matchAll(WORD)) {
      if (/^\S+$/u.test(part) && stringWidth(part) === part.length) {
        this.#word.push({ text: part, paint });
      } else {
        out += this.end() + this.#put([{ text: part, paint }]);
      }
    }
    return out;
  }

  /** What was held back. */
  end(): string {
    const word = this.#word;
    this.#word = [];
    return this.#put(word);
  }

  #put(pieces: readonly Piece[]): string {
    const text = pieces.map((piece) => piece.text).join('');
    if (text === '') return '';
    const painted = pieces.map((piece) => piece.paint(piece.text)).join('');
    if (text === '\n' || text === '\r') {
      this.#column = 0;
      return painted;
    }
    const columns = this.#columns() ?? Number.POSITIVE_INFINITY;
    const width = text === '\t' ? 8 - (this.#column % 8) : stringWidth(text);
    if (this.#column + width <= columns) {
      this.#column += width;
      return painted;
    }
    // White space at the end of a line is not seen, and would begin the next one.
    if (/^\s$/u.test(text)) {
      this.#column = 0;
      return '\n';
    }
    const begins = this.#column > 0 ? '\n' : '';
    // A word longer than a line is broken by the terminal.
    this.#column = width <= columns ? width : width % columns;
    return begins + painted;
  }
}

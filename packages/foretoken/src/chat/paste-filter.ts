import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Stands for a line break within a line that is being edited: the editor has one line. */
const BREAK_MARK = '\u2424';

/** What a terminal puts around a text that is pasted, once it was asked to. */
const PASTE_START = '\u001B[200~';
const PASTE_END = '\u001B[201~';
/** Ask the terminal for these marks, and to leave them out again. */
export const MARK_PASTES = '\u001B[?2004h';
export const MARK_NO_PASTES = '\u001B[?2004l';

/** The text of an edited line, with the line breaks that were pasted into it. */
export function withLineBreaks(line: string): string {
  return line.replaceAll(BREAK_MARK, '\n');
}

/** A text with line breaks as one line for the editor. */
export function asOneLine(text: string): string {
  return text.replace(/\r\n|\r|\n/g, BREAK_MARK);
}

/**
 * Lies between a terminal and a line editor and keeps a text of several lines that is pasted together: its line breaks
 * become marks that do not end the line. Of terminals that do not say what is pasted, several lines that come in one
 * piece are taken for it while somebody waits for a message.
 */
export class PasteFilter extends Transform {
  readonly #decoder = new StringDecoder('utf8');
  readonly #awaited: () => boolean;
  #pasting = false;
  /** The beginning of a mark or of a line break that is not whole yet. */
  #held = '';

  /** @param awaited whether a message is awaited just now; what comes at other times was typed ahead. */
  constructor(awaited: () => boolean) {
    super();
    this.#awaited = awaited;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = this.#held + this.#decoder.write(chunk);
    this.#held = '';
    let out = '';
    while (rest !== '') {
      const mark = this.#pasting ? PASTE_END : PASTE_START;
      const at = rest.indexOf(mark);
      let kept = at < 0 ? beginningOf(mark, rest) : 0;
      // Perhaps half a line break: the other half may come in the next piece.
      if (this.#pasting && kept === 0 && at < 0 && rest.endsWith('\r')) kept = 1;
      const part = at < 0 ? rest.slice(0, rest.length - kept) : rest.slice(0, at);
      out += this.#pasting ? asOneLine(part) : this.#typed(part);
      if (at < 0) {
        this.#held = rest.slice(rest.length - kept);
        break;
      }
      this.#pasting = !this.#pasting;
      rest = rest.slice(at + mark.length);
    }
    done(null, out === '' ? undefined : out);
  }

  #typed(text: string): string {
    // Commands that come together are typed by a program, and each is one.
    if (!this.#awaited() || text.startsWith('/')) return text;
    const lines = /^([\s\S]*?[^\r\n][\s\S]*?)(\r\n|\r|\n)?$/.exec(text);
    const [, body = '', end = ''] = lines ?? [];
    return /[\r\n]./.test(body) ? `${asOneLine(body)}${end}` : text;
  }
}

/**
 * Characters at the end of a text that may be the beginning of the mark. An escape alone is the key of that name, which
 * must not wait for the next one.
 */
function beginningOf(mark: string, text: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 1; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}

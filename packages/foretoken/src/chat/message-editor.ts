import { createInterface, type Interface } from 'node:readline';
import type { CommandContext } from '../command-line/command-context.js';
import type { InterruptSource } from '../command-line/interruption.js';
import type { Palette } from '../terminal/colour.js';
import { HISTORY_LENGTH, type MessageHistory } from './message-history.js';
import { asOneLine, MARK_NO_PASTES, MARK_PASTES, PasteFilter, withLineBreaks } from './paste-filter.js';

/** What came of waiting for a message. */
export type Typed =
  | { readonly kind: 'message'; readonly text: string }
  /** Ctrl-D. */
  | { readonly kind: 'end' }
  /** Ctrl-C, and once more. */
  | { readonly kind: 'interrupted' };

const PROMPT = '> ';
const BLOCK_PROMPT = '… ';
/** Begins and ends a message of several lines. */
const BLOCK_MARK = '"""';

/**
 * Reads messages from a terminal, with a history and the usual keys. A message is a line, a text of several lines that is
 * pasted, or lines between `"""` and `"""`. Ctrl-C empties the line and asks; twice in a row it interrupts.
 */
export class MessageEditor {
  readonly #context: CommandContext;
  readonly #palette: Palette;
  readonly #history: MessageHistory;
  readonly #filter: PasteFilter;
  readonly #editor: Interface;
  /** Lines that nobody has asked for yet. */
  readonly #lines: string[] = [];
  #closed = false;
  #wake: ((typed: 'line' | 'interrupted') => void) | undefined;
  #asked = false;

  constructor(options: {
    readonly context: CommandContext;
    readonly palette: Palette;
    readonly history: MessageHistory;
  }) {
    const { context, history } = options;
    this.#context = context;
    this.#palette = options.palette;
    this.#history = history;
    this.#filter = new PasteFilter(() => this.#wake !== undefined && this.#lines.length === 0);
    const { stdin, stdout } = context;
    stdin.pipe(this.#filter);
    const setRawMode = 'setRawMode' in stdin && typeof stdin.setRawMode === 'function' ? stdin.setRawMode : undefined;
    const input = Object.assign(this.#filter, {
      isTTY: true,
      setRawMode: (raw: boolean) => void setRawMode?.call(stdin, raw),
    });
    this.#editor = createInterface({
      ...{ input, output: stdout, terminal: true },
      ...{ history: history.entries.map(asOneLine), historySize: HISTORY_LENGTH, removeHistoryDuplicates: true },
    });
    this.#editor.on('line', (line) => this.#onLine(line));
    this.#editor.on('close', () => this.#onClose());
    stdout.write(MARK_PASTES);
  }

  /** Where Ctrl-C is heard while no message is awaited. */
  get interrupts(): InterruptSource {
    return this.#editor;
  }

  /** The next message, those typed ahead first. */
  async next(): Promise<Typed> {
    this.#asked = false;
    const lines: string[] = [];
    for (;;) {
      const typed = await this.#nextLine(lines.length === 0 ? PROMPT : BLOCK_PROMPT);
      if (typed === 'interrupted') return { kind: 'interrupted' };
      // Of a block that was begun and given up nothing is left.
      if (typed === 'emptied') lines.length = 0;
      else if (typed === 'end') return { kind: 'end' };
      else {
        lines.push(typed.line);
        const text = wholeMessage(lines);
        if (text !== undefined) return { kind: 'message', text };
      }
    }
  }

  close(): void {
    this.#editor.close();
  }

  async #nextLine(prompt: string): Promise<{ readonly line: string } | 'emptied' | 'interrupted' | 'end'> {
    const ahead = this.#lines.shift();
    if (ahead !== undefined) return { line: ahead };
    if (this.#closed) return 'end';
    let emptied = false;
    const onInterrupt = (): void => {
      emptied = !this.#asked;
      this.#wake?.(this.#asked ? 'interrupted' : 'line');
      this.#asked = true;
    };
    this.#editor.on('SIGINT', onInterrupt);
    this.#editor.setPrompt(prompt);
    this.#editor.prompt();
    const woken = await new Promise<'line' | 'interrupted'>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    this.#editor.off('SIGINT', onInterrupt);
    if (woken === 'interrupted') {
      this.#context.stdout.write('\n');
      return 'interrupted';
    }
    if (emptied) {
      this.#editor.write(null, { ctrl: true, name: 'e' });
      this.#editor.write(null, { ctrl: true, name: 'u' });
      this.#context.stdout.write(`\n${this.#palette.dim('Ctrl-C once more leaves; /help tells what can be done.')}\n`);
      return 'emptied';
    }
    this.#asked = false;
    return this.#nextLine(prompt);
  }

  #onLine(line: string): void {
    const text = withLineBreaks(line);
    if (text.trim() !== '') this.#history.add(text);
    this.#lines.push(text);
    this.#wake?.('line');
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { stdin, stdout } = this.#context;
    stdout.write(MARK_NO_PASTES);
    stdin.unpipe(this.#filter);
    stdin.pause();
    this.#wake?.('line');
  }
}

/** The message that lines make up, `undefined` while a block is open. */
function wholeMessage(lines: readonly string[]): string | undefined {
  const text = lines.join('\n');
  const begin = text.trimStart();
  if (!begin.startsWith(BLOCK_MARK)) return text;
  const inner = begin.slice(BLOCK_MARK.length);
  const end = inner.trimEnd();
  if (!end.endsWith(BLOCK_MARK)) return undefined;
  return end.slice(0, -BLOCK_MARK.length).replace(/^\r?\n|\r?\n$/g, '');
}

import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { CommandContext } from '../command-line/command-context.js';
import { paletteFor } from '../terminal/colour.js';
import { MessageEditor } from './message-editor.js';

const ENTER = '\r';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const UP = '\u001B[A';

let editor: MessageEditor | undefined;
afterEach(() => editor?.close());

/** An editor on streams, and what was put into its history. */
function open(earlier: readonly string[] = []) {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const history: string[] = [];
  let shown = '';
  stdout.on('data', (data: Buffer) => {
    shown += data.toString();
  });
  const context = { stdin, stdout, stderr: stdout, environment: {}, interrupts: new EventEmitter() };
  editor = new MessageEditor({
    context: context as unknown as CommandContext,
    palette: paletteFor({ isTTY: false }, {}),
    history: { entries: earlier, add: (entry) => void history.push(entry) },
  });
  const typed = editor.next();
  /** One key or line after the other, as somebody types: what comes at once is a paste. */
  const type = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) {
      stdin.write(key);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { editor, typed, history, type, shown: () => shown };
}

const message = (text: string) => ({ kind: 'message', text });

describe('MessageEditor', () => {
  it.each([
    ['a line', ['Hello', ENTER], 'Hello'],
    ['a block of lines', ['"""one', ENTER, 'two', ENTER, 'three"""', ENTER], 'one\ntwo\nthree'],
    ['a block with marks of their own lines', ['"""', ENTER, 'one', ENTER, '"""', ENTER], 'one'],
    ['a block on one line', ['"""one"""', ENTER], 'one'],
    ['an empty line in a block', ['"""a', ENTER, ENTER, 'b"""', ENTER], 'a\n\nb'],
    ['a command in a block', ['"""', ENTER, '/exit', ENTER, '"""', ENTER], '/exit'],
    ['marks in the middle', ['say """x""" twice', ENTER], 'say """x""" twice'],
  ])('takes %s for one message', async (_, keys, text) => {
    const { typed, type } = open();
    await type(...keys);
    expect(await typed).toEqual(message(text));
  });

  it('asks on Ctrl-C, and leaves on the second', async () => {
    const { typed, type, shown, history } = open();
    await type('half a message', CTRL_C);
    await expect.poll(shown).toContain('Ctrl-C once more leaves');
    await type(CTRL_C);
    expect(await typed).toEqual({ kind: 'interrupted' });
    expect(history).toEqual([]);
  });

  it('forgets a block on Ctrl-C, and asks anew after a message', async () => {
    const { editor, typed, type } = open();
    await type('"""half', ENTER, 'a block', CTRL_C, 'Hello', ENTER);
    expect(await typed).toEqual(message('Hello'));
    const next = editor.next();
    await type(CTRL_C, 'Still here', ENTER);
    expect(await next).toEqual(message('Still here'));
  });

  it('ends on Ctrl-D', async () => {
    const { typed, type } = open();
    await type(CTRL_D);
    expect(await typed).toEqual({ kind: 'end' });
  });

  it('goes back to messages of earlier sessions, several lines too, and keeps what is typed', async () => {
    const { typed, type, history } = open(['newest\nof two lines', 'oldest']);
    await type(UP, ENTER);
    expect(await typed).toEqual(message('newest\nof two lines'));
    expect(history).toEqual(['newest\nof two lines']);
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPseudoTerminal, type PseudoTerminal } from '../testing/pseudo-terminal.js';

// The command line is that of the build: build this package before these tests.

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const COLUMNS = 40;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const UP = '\u001B[A';
const PROMPT = '> ';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-chat-'));
});

afterAll(() => rm(folder, { recursive: true }));

function open(...flags: readonly string[]): PseudoTerminal {
  return openPseudoTerminal({
    command: [process.execPath, cli, 'chat', '--context-length', '512', ...flags],
    columns: COLUMNS,
    environment: { XDG_STATE_HOME: join(folder, 'state') },
  });
}

const paste = (text: string): string => `\u001B[200~${text.replaceAll('\n', '\r')}\u001B[201~`;

async function saved(terminal: PseudoTerminal, name: string): Promise<readonly { role: string; content: string }[]> {
  const path = join(folder, name);
  terminal.type(`/save ${path}\r`);
  await terminal.until(/\d+ messages are in/);
  await terminal.until(PROMPT);
  return (JSON.parse(await readFile(path, 'utf8')) as { messages: { role: string; content: string }[] }).messages;
}

describe('chat in a terminal', () => {
  it('takes a pasted text, a block and a line for one message each, and keeps them for the next session', async () => {
    const first = open('--max-tokens', '6', '--system', 'Be brief.');
    await first.until('/help tells what can be done');
    await first.until(PROMPT);
    first.type(`${paste('Say one\nof these:\n\nred, blue')}\r`);
    await first.until('tok/s');
    await first.until(PROMPT);
    first.type('"""\rSay one of these:\r');
    await first.until('… ');
    first.type('/exit or stay"""\r');
    await first.until('tok/s');
    await first.until(PROMPT);
    first.type('Hello?\r');
    await first.until('tok/s');
    await first.until(PROMPT);
    const messages = await saved(first, 'first.json');
    expect(messages.map(({ role }) => role)).toEqual(['system', ...Array(3).fill(['user', 'assistant']).flat()]);
    expect(messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
      'Say one\nof these:\n\nred, blue',
      'Say one of these:\n/exit or stay',
      'Hello?',
    ]);
    first.type('/exit\r');
    expect(await first.exitCode).toBe(0);

    const second = open('--max-tokens', '2');
    await second.until(PROMPT);
    second.type(`${UP}${UP}${UP}`);
    await second.until('Hello?');
    second.type('\r');
    await second.until('cut off at its limit of 2 tokens');
    await second.until(PROMPT);
    second.type(`/load ${join(folder, 'first.json')}\r`);
    await second.until('7 messages were read');
    await second.until(PROMPT);
    second.type('/clear\r/set max-tokens 3\r');
    await second.until('begins anew');
    await second.until(PROMPT);
    second.type('Hi\r');
    await second.until('cut off at its limit of 3 tokens');
    await second.until(PROMPT);
    expect(await saved(second, 'second.json')).toMatchObject([{ content: 'Be brief.' }, { content: 'Hi' }, {}]);
    second.type(CTRL_D);
    expect(await second.exitCode).toBe(0);
  });

  it('asks on Ctrl-C before it leaves', async () => {
    const terminal = open('--max-tokens', '8');
    await terminal.until(PROMPT);
    terminal.type(`half a message${CTRL_C}`);
    await terminal.until('Ctrl-C once more leaves');
    await terminal.until(PROMPT);
    terminal.type('/dance\r');
    await terminal.until('there is no command /dance');
    await terminal.until(PROMPT);
    terminal.type(CTRL_C);
    await terminal.until('Ctrl-C once more leaves');
    terminal.type(CTRL_C);
    expect(await terminal.exitCode).toBe(130);
  });
});

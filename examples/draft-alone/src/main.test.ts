import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = new URL('..', import.meta.url);

/** Runs the example as a user does, against the built package. Rows by drafter: guessed, right, acceptance, tokens a forward. */
async function run(text?: string): Promise<Map<string, string[]>> {
  const scratch = await mkdtemp(join(tmpdir(), 'draft-alone-'));
  try {
    const file = join(scratch, 'text.txt');
    if (text !== undefined) await writeFile(file, text);
    const args = ['--import', 'tsx', 'src/main.ts', ...(text === undefined ? [] : [file])];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    const rows = stdout.trim().split('\n').slice(2);
    return new Map(rows.map((row) => [row.slice(0, 20).trim(), row.slice(20).trim().split(/ {2,}/)]));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

test('counts right guesses over an edited file, and more of them the second time', async () => {
  const rows = await run();
  const tokensAForward = (name: string): number => Number(rows.get(name)?.at(-1));
  expect(tokensAForward('lookup')).toBeGreaterThan(1.2);
  expect(tokensAForward('suffix')).toBeGreaterThan(1.2);
  expect(tokensAForward('suffix, second time')).toBeGreaterThan(3);
});

test('guesses nothing where nothing repeats', async () => {
  const rows = await run(Array.from({ length: 40 }, (_, i) => `word${i}`).join(''));
  expect(rows.get('lookup')).toEqual(['0', '0', '-', '-']);
  const distinct = await run(Array.from({ length: 40 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join(''));
  expect(distinct.get('lookup')).toEqual(['0', '0', '-', '1.00']);
});

test('guesses a text that repeats all the way', async () => {
  const rows = await run('red green blue '.repeat(30));
  expect(Number(rows.get('lookup')?.at(-1))).toBeGreaterThan(5);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInputFile, readPromptsFile } from './read-prompts-file.js';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-prompts-'));
  path = join(folder, 'prompts.jsonl');
});

afterAll(() => rm(folder, { recursive: true }));

describe('readPromptsFile', () => {
  it('reads prompts and messages, keeps ids, skips empty lines', async () => {
    await writeFile(
      path,
      '{"id":"a","prompt":"Once"}\r\n\n{"id":7,"messages":[{"role":"user","content":"Hi"}]}\n{"prompt":"x"}',
    );
    expect(await readPromptsFile(path, process.stdin)).toEqual([
      { id: 'a', kind: 'prompt', prompt: 'Once' },
      { id: 7, kind: 'messages', messages: [{ role: 'user', content: 'Hi' }] },
      { kind: 'prompt', prompt: 'x' },
    ]);
  });

  it.each([
    ['{"prompt":', 'not JSON'],
    ['[]', 'expected an object'],
    ['null', 'expected an object'],
    ['{"id":1}', 'expected either'],
    ['{"prompt":"a","messages":[]}', 'expected either'],
    ['{"prompt":""}', '"prompt" must be a non-empty string'],
    ['{"prompt":1}', '"prompt" must be a non-empty string'],
    ['{"id":{},"prompt":"a"}', '"id" must be'],
    ['{"messages":[]}', 'non-empty list'],
    ['{"messages":[{"role":"user"}]}', 'message 1 must have'],
  ])('refuses %s and names the line', async (line, problem) => {
    await writeFile(path, `{"prompt":"fine"}\n${line}\n`);
    const failure = await readPromptsFile(path, process.stdin).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'usage' });
    expect((failure as Error).message).toContain(`${path}:2: `);
    expect((failure as Error).message).toContain(problem);
  });

  it('refuses a file without prompts', async () => {
    await writeFile(path, '\n\n');
    await expect(readPromptsFile(path, process.stdin)).rejects.toThrow('has no prompts');
  });
});

describe('readInputFile', () => {
  it('gives the text as it is', async () => {
    await writeFile(path, 'line\n\n');
    expect(await readInputFile(path, process.stdin)).toBe('line\n\n');
  });

  it('names a file that is missing or not text', async () => {
    await expect(readInputFile(join(folder, 'none'), process.stdin)).rejects.toThrow(/can't read .*none: no such file/);
    await writeFile(path, Buffer.from([0x61, 0xff]));
    await expect(readInputFile(path, process.stdin)).rejects.toThrow('is not UTF-8 text');
  });
});

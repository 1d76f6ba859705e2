import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCorpusText } from './read-corpus-text.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-corpus-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('reads a text out of the archive that lies in the folder under its hash', async () => {
  await mkdir(join(folder, 'package'));
  await writeFile(join(folder, 'package', 'a.txt'), 'Call me Ishmael.\r\nSome years ago');
  execFileSync('tar', ['-czf', 'archive.tgz', 'package'], { cwd: folder });
  const sha256 = hash('sha256', await readFile(join(folder, 'archive.tgz')));
  await rename(join(folder, 'archive.tgz'), join(folder, `${sha256}.tgz`));
  const text = { name: 'a', kind: 'prose', package: 'a', version: '1.0.0', sha256, file: 'package/a.txt' } as const;
  expect(await readCorpusText(text, folder)).toBe('Call me Ishmael.\nSome years ago');
  await expect(readCorpusText({ ...text, file: 'package/b.txt' }, folder)).rejects.toThrow('b.txt');
});

import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchWheel } from '@foretoken/tensorflow';
import { afterEach, expect, it, vi } from 'vitest';
import { fakeCommands } from '../testing/fake-commands.js';
import { temporaryFolder } from '../testing/temporary-folder.js';

afterEach(() => vi.unstubAllEnvs());

const NAME = 'thing-1.0-cp311-cp311-manylinux_2_27_x86_64.manylinux2014_x86_64.whl';
const sha256 = (content: string): string => hash('sha256', content);

function setUp(options: { readonly served?: string } = {}) {
  const folder = temporaryFolder();
  const served = join(folder, NAME);
  if (options.served !== undefined) writeFileSync(served, options.served);
  const log = fakeCommands(folder, { wheel: served });
  const directory = join(folder, 'wheels');
  const fetch = () => fetchWheel({ package: 'thing', version: '1.0', name: NAME, sha256: sha256('good'), directory });
  return { log, directory, fetch };
}

it('fetches a wheel by the tags of its own name, then takes it from the folder', async () => {
  const { log, directory, fetch } = setUp({ served: 'good' });
  const path = await fetch();
  expect(path).toBe(join(directory, NAME));
  expect(readFileSync(path, 'utf8')).toBe('good');
  expect(log()[0]).toContain(
    '--platform manylinux_2_27_x86_64 --platform manylinux2014_x86_64 --implementation cp --python-version 3.11 --abi cp311 thing==1.0',
  );
  expect(await fetch()).toBe(path);
  expect(log()).toHaveLength(1);
});

it('fetches again when the file in the folder was damaged', async () => {
  const { log, fetch } = setUp({ served: 'good' });
  const path = await fetch();
  writeFileSync(path, 'goo');
  await fetch();
  expect(readFileSync(path, 'utf8')).toBe('good');
  expect(log()).toHaveLength(2);
});

it('keeps nothing of a wheel with a wrong hash', async () => {
  const { directory, fetch } = setUp({ served: 'evil' });
  await expect(fetch()).rejects.toMatchObject({
    code: 'hash-mismatch',
    message: expect.stringContaining(sha256('evil')),
  });
  expect(readdirSync(directory)).toEqual([]);
});

it('says what pip said when it fails, and leaves no partial file', async () => {
  const { directory, fetch } = setUp();
  await expect(fetch()).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringContaining('no network'),
  });
  expect(readdirSync(directory)).toEqual([]);
});

it('removes what a killed process left, and spares a download that may still run', async () => {
  const { directory, fetch } = setUp({ served: 'good' });
  const [killed, running] = [join(directory, '.partial-killed'), join(directory, '.partial-running')];
  mkdirSync(killed, { recursive: true });
  mkdirSync(running);
  const yesterday = new Date(Date.now() - 86_400_000);
  utimesSync(killed, yesterday, yesterday);
  await fetch();
  expect(readdirSync(directory).sort()).toEqual(['.partial-running', NAME]);
});

it('says that python3 is missing', async () => {
  const { directory, fetch } = setUp({ served: 'good' });
  vi.stubEnv('PATH', '/nonexistent');
  await expect(fetch()).rejects.toMatchObject({ code: 'no-pip' });
  expect(existsSync(join(directory, NAME))).toBe(false);
});

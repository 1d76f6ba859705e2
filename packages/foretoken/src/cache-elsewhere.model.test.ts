import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '@foretoken/tensorflow';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The command line is that of the build: build this package before these tests.

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
/** What a model needs of the cache. */
const PARTS = ['tensorflow', 'operators', join('models', 'smollm2-135m-instruct')];

let copy: string;

function folders(path: string): string[] {
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [path, ...below.flatMap(({ name }) => folders(join(path, name)))];
}

function setWritable(writable: boolean): void {
  for (const folder of folders(copy)) chmodSync(folder, writable ? 0o755 : 0o555);
}

/** On a machine without any compiler, with nothing else than the copy. */
function generate(): { readonly text: string; readonly stderr: string } {
  const run = spawnSync(
    process.execPath,
    [cli, 'generate', 'The capital of France is', '--max-tokens', '4', '--context-length', '64', '--verbose'],
    { env: { FORETOKEN_CACHE: copy, PATH: '/nonexistent', HOME: '/nonexistent' }, encoding: 'utf8' },
  );
  expect(run.status, run.stderr).toBe(0);
  return { text: run.stdout, stderr: run.stderr };
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'foretoken-cache-'));
  for (const part of PARTS) {
    const [from, to] = [join(cacheDirectory(), part), join(copy, part)];
    mkdirSync(join(to, '..'), { recursive: true });
    // Hard links, where the copy lies on the same disk: TensorFlow has most of a gigabyte.
    const linked = spawnSync('cp', ['-al', from, to]).status === 0;
    if (!linked) cpSync(from, to, { recursive: true });
  }
  // What another process compiles just now is nobody else's.
  for (const folder of folders(copy))
    if (basename(folder).startsWith('compiling-')) rmSync(folder, { recursive: true });
});

afterAll(() => {
  setWritable(true);
  rmSync(copy, { recursive: true });
});

it('lets every user read what is compiled', () => {
  for (const part of ['tensorflow', 'operators']) {
    for (const folder of folders(join(copy, part))) {
      expect(statSync(folder).mode & 0o005, folder).toBe(0o005);
    }
    const unreadable = execFileSync('find', [join(copy, part), '-type', 'f', '!', '-perm', '-004'], {
      encoding: 'utf8',
    });
    expect(unreadable).toBe('');
  }
});

it('is used as it is at another path, read-only, without a compiler, and what is missing is a warning', () => {
  setWritable(false);
  const fast = generate();
  expect(fast.stderr).toContain('fused executor');
  expect(fast.stderr).not.toContain('slower');

  setWritable(true);
  rmSync(join(copy, 'operators'), { recursive: true });
  setWritable(false);
  const slow = generate();
  expect(slow.text).toBe(fast.text);
  expect(slow.stderr).toMatch(
    /^foretoken: The model runs on TensorFlow's own operations, several times slower.*no C\+\+ compiler.*apt install g\+\+.*'foretoken doctor' tells more\.$/m,
  );
});

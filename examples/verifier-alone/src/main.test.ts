import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = new URL('..', import.meta.url);

/** Runs the example as a user does, against the built packages, with every module it loads named on stderr. */
async function run(): Promise<{ readonly stdout: string; readonly modules: readonly string[] }> {
  const hooks = `import { writeSync } from 'node:fs';
    export async function load(url, context, next) { writeSync(2, url + '\\n'); return next(url, context); }`;
  const preload = `import { register } from 'node:module'; register(${JSON.stringify(inline(hooks))});`;
  const args = ['--import', 'tsx', '--import', inline(preload), 'src/main.ts'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  return { stdout, modules: stderr.split('\n').filter((line) => line.startsWith('file:')) };
}

const inline = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

test('judges plain arrays of logits without loading TensorFlow', async () => {
  const { stdout, modules } = await run();

  expect(stdout).toMatch(/identical {2}yes/);
  const [, standard, speculative] = /forwards {3}(\d+) standard, (\d+) speculative/.exec(stdout) ?? [];
  expect(Number(standard)).toBe(23);
  expect(Number(speculative)).toBeLessThan(10);

  const rows = [...stdout.matchAll(/^ {2}\S+ +([\d.]+) {4}([\d.]+) {4}([\d.]+)$/gm)];
  expect(rows).toHaveLength(6);
  const distance = (a: number, b: number): number =>
    rows.reduce((sum, row) => sum + Math.abs(Number(row[a]) - Number(row[b])), 0) / 2;
  expect(distance(1, 2)).toBeGreaterThan(0.3);
  expect(distance(2, 3)).toBeLessThan(0.02);

  expect(modules.filter((url) => url.endsWith('/packages/verifier/dist/index.js'))).toHaveLength(1);
  expect(modules.filter((url) => url.includes('/packages/core/dist/'))).not.toHaveLength(0);
  expect(modules.filter((url) => /tensorflow|tfjs/.test(url))).toEqual([]);
});

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runWith } from '../command-line/testing/test-context.js';

const before = process.env.FORETOKEN_CACHE;
let cache: string;

beforeEach(() => {
  cache = realpathSync(mkdtempSync(join(tmpdir(), 'foretoken-rm-')));
  process.env.FORETOKEN_CACHE = cache;
});
afterEach(() => {
  if (before === undefined) delete process.env.FORETOKEN_CACHE;
  else process.env.FORETOKEN_CACHE = before;
  rmSync(cache, { recursive: true });
});

/** Puts a model into the cache as a download leaves it, with what was made of its weights. Gives the files. */
function put(repository: string): { readonly weights: string; readonly panels: string; readonly draft: string } {
  const folder = join(cache, 'models', repository.replace('/', '--'), 'main');
  const weights = join(folder, 'model.safetensors');
  for (const name of [folder, join(cache, 'panels'), join(cache, 'drafts')]) mkdirSync(name, { recursive: true });
  writeFileSync(weights, 'x'.repeat(3_000_000));
  const files = [{ path: 'model.safetensors', size: 3_000_000, sha256: 'y' }];
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: 1, weights: 'model.safetensors', files }));
  const key = createHash('sha256').update(JSON.stringify(weights)).digest('hex').slice(0, 24);
  const draft = join(cache, 'drafts', `${key}-1.q4_0`);
  const panels = join(cache, 'panels', `${key}.panels`);
  writeFileSync(draft, 'draft');
  writeFileSync(panels, JSON.stringify({ models: [{ path: draft, changed: '1', sha256: 'z' }] }));
  return { weights, panels, draft };
}

it('removes models with what was made of their weights, and says how much that was', async () => {
  const gone = [put('org/one'), put('org/two')];
  const kept = put('org/kept');
  const run = await runWith(['models', 'rm', 'org/one', 'org/two']);
  expect(run).toEqual({ exitCode: 0, stdout: 'removed org/one (3 MB)\nremoved org/two (3 MB)\n', stderr: '' });
  for (const file of gone.flatMap((files) => Object.values(files))) expect(existsSync(file), file).toBe(false);
  for (const file of Object.values(kept)) expect(existsSync(file), file).toBe(true);
  expect(readdirSync(join(cache, 'models'))).toEqual(['org--kept']);
});

it.each(['org/none', '../../etc', '/etc/passwd', ''])('refuses %j in one line, and touches nothing', async (name) => {
  const kept = put('org/kept');
  const run = await runWith(['models', 'rm', name]);
  expect(run.exitCode).not.toBe(0);
  expect(run.stdout).toBe('');
  expect(run.stderr).toMatch(/^foretoken: [^\n]*is not in [^\n]*What is there: org\/kept\.[^\n]*\n/);
  for (const file of Object.values(kept)) expect(existsSync(file), file).toBe(true);
});

it('needs a name', async () => {
  const run = await runWith(['models', 'rm']);
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr).toContain("missing required argument 'name'");
});

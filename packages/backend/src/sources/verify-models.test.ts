import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { verifyModels } from './verify-models.js';

const cache = mkdtempSync(join(tmpdir(), 'foretoken-verify-'));
afterEach(() => rmSync(cache, { recursive: true, force: true }));

it('finds files that are not what was fetched, of the same size too, or gone', async () => {
  const folder = join(cache, 'models', 'hub', 'one');
  mkdirSync(folder, { recursive: true });
  const names = ['a.gguf', 'b.gguf', 'c.json'];
  const files = names.map((path) => {
    writeFileSync(join(folder, path), `{"of": "${path}"}`);
    const sha256 = hash('sha256', `{"of": "${path}"}`);
    return { path, size: 16, sha256 };
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: 1, weights: 'a.gguf', files }));
  const states = async (): Promise<string[]> => (await verifyModels(cache)).map(({ state }) => state);
  expect(await states()).toEqual(['intact', 'intact', 'intact']);
  writeFileSync(join(folder, 'b.gguf'), '{"of": "b.ggug"}');
  rmSync(join(folder, 'c.json'));
  expect(await states()).toEqual(['intact', 'changed', 'changed']);
  expect(await verifyModels(join(cache, 'none'))).toEqual([]);
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { listModels } from './list-models.js';
import { removeModel } from './remove-model.js';

let cache: string;
const caches: string[] = [];

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'foretoken-remove-'));
  caches.push(cache);
});

afterAll(() => {
  for (const folder of caches) rmSync(folder, { recursive: true });
});

/** Puts a model into the cache as a download leaves it. */
function put(folder: string, manifest: string, weights: string, others: readonly string[] = []): void {
  const path = join(cache, 'models', folder);
  const files = [weights, ...others].map((name) => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), 'x'.repeat(10));
    return { path: name, size: 10, sha256: 'y' };
  });
  writeFileSync(join(path, manifest), JSON.stringify({ version: 1, weights, files }));
}

const names = async (): Promise<string[]> =>
  (await listModels(cache)).filter(({ cached }) => cached).map(({ name }) => name);

describe('removeModel', () => {
  it('removes a registered model with its folder', async () => {
    put('smollm2-135m-instruct', 'manifest.json', 'SmolLM2-135M-Instruct.Q4_1.gguf');
    expect(await removeModel('smollm2-135m-instruct', cache)).toEqual({ name: 'smollm2-135m-instruct', bytes: 10 });
    expect(await names()).toEqual([]);
    expect(readdirSync(join(cache, 'models'))).toEqual([]);
  });

  it('removes one selection of a repository and keeps the files of the others', async () => {
    put('org--model/main', 'a.gguf.manifest.json', 'a.gguf', ['shared.json']);
    put('org--model/main', 'b.gguf.manifest.json', 'b.gguf', ['shared.json']);
    put('org--other/main', 'manifest.json', 'model.safetensors', ['config.json', 'tokenizer.json']);
    expect(await names()).toEqual(['org/model:a.gguf', 'org/model:b.gguf', 'org/other']);
    expect(await removeModel('org/model:a.gguf', cache)).toMatchObject({ bytes: 10 });
    expect(await names()).toEqual(['org/model:b.gguf', 'org/other']);
    expect(existsSync(join(cache, 'models/org--model/main/shared.json'))).toBe(true);
    expect(await removeModel('org/model:b.gguf', cache)).toMatchObject({ bytes: 20 });
    expect(await removeModel('org/other', cache)).toMatchObject({ bytes: 30 });
    expect(readdirSync(join(cache, 'models'))).toEqual([]);
  });

  it('leaves a download that has not ended', async () => {
    put('org--model/main', 'manifest.json', 'model.safetensors');
    writeFileSync(join(cache, 'models/org--model/main/b.gguf.partial'), 'half');
    await removeModel('org/model', cache);
    expect(readdirSync(join(cache, 'models/org--model/main'))).toEqual(['b.gguf.partial']);
  });

  it.each(['nothing', '../..', '/etc/passwd', 'org/model:c.gguf', ''])(
    'refuses %j and says what is there',
    async (name) => {
      put('org--model/main', 'a.gguf.manifest.json', 'a.gguf');
      await expect(removeModel(name, cache)).rejects.toMatchObject({
        code: 'model-not-cached',
        message: expect.stringContaining('What is there: org/model:a.gguf.'),
      });
      expect(await names()).toEqual(['org/model:a.gguf']);
    },
  );
});

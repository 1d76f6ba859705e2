import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listModels, registeredModels, resolveModel } from '@foretoken/backend';
import { expect, test } from 'vitest';

const NAME = 'smollm2-135m-instruct';

test('the registered model is cached, listed, and found again without a download', async () => {
  const { weights } = await resolveModel(NAME);
  expect(await resolveModel(NAME, { allowDownload: false })).toEqual({ name: NAME, weights, origin: 'registry' });
  expect(await listModels()).toContainEqual(expect.objectContaining({ name: NAME, cached: true, weights }));
});

test('a file that was put into the cache by hand is hashed once and then trusted', async () => {
  const { weights } = await resolveModel(NAME);
  const cache = await mkdtemp(join(tmpdir(), 'foretoken-cache-'));
  try {
    const folder = join(cache, 'models', NAME);
    await mkdir(folder, { recursive: true });
    await symlink(weights, join(folder, registeredModels[NAME]!.file));
    await resolveModel(NAME, { cacheDirectory: cache, allowDownload: false });
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest.files).toEqual([
      { path: registeredModels[NAME]!.file, size: 98_362_432, sha256: registeredModels[NAME]!.sha256 },
    ]);
  } finally {
    await rm(cache, { recursive: true });
  }
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addonToolchain } from '@foretoken/tensorflow';
import { expect, it } from 'vitest';

it('has none where TensorFlow was not built', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'foretoken-test-'));
  expect(await addonToolchain({ cacheDirectory: folder })).toBeUndefined();
  await rm(folder, { recursive: true });
});

import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requirePrivateCache } from './private-cache.js';
import { temporaryFolder } from './testing/temporary-folder.js';

it.each(['', 'tensorflow', 'operators', 'operators/1a2b', 'nvrtc', 'cuda/1a2b'])(
  'refuses a cache in which others may write to the folder %j',
  async (name) => {
    const cache = temporaryFolder();
    const folder = join(cache, name);
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    await expect(requirePrivateCache(cache)).resolves.toBeUndefined();
    chmodSync(folder, 0o777);
    await expect(requirePrivateCache(cache)).rejects.toMatchObject({
      code: 'cache-not-private',
      message: expect.stringContaining(`chmod go-w ${folder}`),
    });
    // The group of these folders is the user's own.
    chmodSync(folder, 0o775);
    await expect(requirePrivateCache(cache)).resolves.toBeUndefined();
  },
);

it('has nothing against a cache that is not there yet', async () => {
  await expect(requirePrivateCache(join(temporaryFolder(), 'none'))).resolves.toBeUndefined();
});

import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFile, cacheDirectory as standardCacheDirectory } from '@foretoken/tensorflow';
import { readManifestFile } from './model-manifest.js';

/** Whether a file of the cache is what was fetched. */
export interface VerifiedFile {
  readonly path: string;
  readonly state: 'intact' | 'changed';
}

/**
 * Holds every file of the models in the cache to the SHA-256 that was recorded when it was fetched. Takes seconds a
 * gigabyte.
 *
 * @param cacheDirectory - the cache folder; by default that of foretoken
 */
export async function verifyModels(cacheDirectory: string = standardCacheDirectory()): Promise<VerifiedFile[]> {
  const root = join(cacheDirectory, 'models');
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const verified: VerifiedFile[] = [];
  for (const name of names.filter((entry) => entry.endsWith('.json')).sort()) {
    const manifest = await readManifestFile(join(root, name));
    for (const { path, sha256 } of manifest?.files ?? []) {
      const file = join(root, dirname(name), path);
      const found = await hashFile(file).catch(() => undefined);
      verified.push({ path: file, state: found === sha256 ? 'intact' : 'changed' });
    }
  }
  return verified;
}

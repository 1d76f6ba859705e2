import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TensorFlowError } from './errors.js';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

/** Folders of the cache with code that is run. Each version has a folder of its own in them. */
const CODE = ['tensorflow', 'operators', 'nvrtc', 'cuda'];

/**
 * Refuses a cache that other users may write to: they could put code there that then runs as this user. The user's own
 * group may write, since on many systems it has no other member.
 *
 * @throws {TensorFlowError} `cache-not-private`.
 */
export async function requirePrivateCache(cacheDirectory: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (const folder of await foldersOf(cacheDirectory)) {
    const found = await stat(folder).catch(() => undefined);
    if (found === undefined) continue;
    const byGroup = (found.mode & GROUP_WRITES) !== 0 && found.gid !== process.getgid?.();
    if (!byGroup && (found.mode & OTHERS_WRITE) === 0) continue;
    throw new TensorFlowError(
      'cache-not-private',
      `Other users may write to ${folder} (mode ${(found.mode & 0o777).toString(8)}), so they could have their code run here. Take that right from them: chmod go-w ${folder}. If somebody may have used it, delete the folder: what it held is fetched again.`,
    );
  }
}

async function foldersOf(cacheDirectory: string): Promise<readonly string[]> {
  const roots = CODE.map((name) => join(cacheDirectory, name));
  const versions = roots.map(async (root) => {
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
  });
  return [cacheDirectory, ...roots, ...(await Promise.all(versions)).flat()];
}

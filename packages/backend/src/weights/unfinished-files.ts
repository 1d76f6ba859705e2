import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** How a file ends that is being written. */
const ENDING = '.part';
/** Milliseconds after which nobody writes a file any more that did not change: writers do so many times a second. */
const ABANDONED_AFTER = 3_600_000;

/**
 * Writes a file that gets its name when it is whole, so that nobody finds half of it. Its folder is made, and freed
 * from what processes that were killed while they wrote have left there.
 */
export async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  // In containers processes share their number; what one that died left must not stop another.
  const unfinished = `${path}.${randomUUID()}${ENDING}`;
  const file = await open(unfinished, 'wx');
  try {
    // The file system's own clock may differ from ours.
    await removeAbandoned(folder, (await file.stat()).mtimeMs);
    await write(file);
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function removeAbandoned(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(ENDING)) continue;
    const path = join(folder, name);
    const changed = await stat(path).catch(() => undefined);
    if (changed !== undefined && now - changed.mtimeMs > ABANDONED_AFTER) await rm(path, { force: true });
  }
}

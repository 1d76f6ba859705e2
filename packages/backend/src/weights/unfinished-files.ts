import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How a file ends that is being written. */
const ENDING = '.part';
/** Milliseconds after which nobody writes a file any more that did not change: writers do so many times a second. */
const ABANDONED_AFTER = 3_600_000;

/** Where a file is written before it gets its name, so that nobody finds half of it. */
export function unfinishedPath(path: string): string {
  // In containers processes share their number; what one that died left must not stop another.
  return `${path}.${randomUUID()}${ENDING}`;
}

/** Removes from a folder what processes that were killed while they wrote have left there. */
export async function removeAbandoned(
  folder: string,
  options: { /** Of the file system's own clock, in milliseconds. */ readonly now: number },
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(ENDING)) continue;
    const path = join(folder, name);
    const changed = await stat(path).catch(() => undefined);
    if (changed !== undefined && options.now - changed.mtimeMs > ABANDONED_AFTER) await rm(path, { force: true });
  }
}

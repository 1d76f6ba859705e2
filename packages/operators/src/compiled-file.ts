import { hash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { OperatorsError } from './errors.js';

/** Puts a file into the cache, its hash last: where that is, the file is as well. */
export async function writeCompiled(path: string, bytes: Uint8Array): Promise<void> {
  // Two models of a process may be loaded at a time.
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, path);
    await writeFile(partial, `${hash('sha256', bytes)}\n`);
    await rename(partial, `${path}.sha256`);
  } finally {
    // There only where something failed, such as a full disk.
    await rm(partial, { force: true });
  }
}

/**
 * Reads a file that was compiled before; `undefined` where it was not. `what` it holds is for the error.
 *
 * @throws {OperatorsError} `damaged` when it is not what was recorded.
 */
export async function readCompiled(path: string, what: string): Promise<Uint8Array | undefined> {
  const recorded = await readFile(`${path}.sha256`, 'utf8').catch(() => undefined);
  if (recorded === undefined) return undefined;
  const bytes = await readFile(path).catch(() => undefined);
  const found = bytes === undefined ? 'no file' : hash('sha256', bytes);
  if (found === recorded.trim()) return bytes;
  throw new OperatorsError(
    'damaged',
    `The ${what} in ${path} are not what was compiled: they have SHA-256 ${found}, not ${recorded.trim() || 'a recorded one'}. Delete their folder to have them compiled anew, and find out who changed them.`,
  );
}

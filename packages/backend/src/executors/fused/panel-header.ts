import { open, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '@foretoken/tensorflow';

/** What a panel file begins with: JSON that says what it was made from, filled up with zeros. */
export const HEADER_BYTES = 4096;

/** Where panel files lie in the cache folder. */
export function panelDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'panels');
}

/** Removes the panel files that were made from one of these files of models, whatever it held then. */
export async function removePanelFiles(directory: string, models: readonly string[]): Promise<void> {
  const names = await readdir(directory).catch((): string[] => []);
  const wanted = new Set(await Promise.all(models.map((path) => realpath(path).catch(() => path))));
  for (const name of names.filter((entry) => entry.endsWith('.panels'))) {
    const path = join(directory, name);
    const { models: from } = await readHeader(path);
    if (from.some((model) => wanted.has(model.path))) await rm(path, { force: true });
  }
}

interface Header {
  readonly models: readonly ModelState[];
}

/** A file of a model as it was. */
interface ModelState {
  readonly path: string;
  /** Time of change, in nanoseconds. */
  readonly changed: string;
  readonly sha256: string;
}

/** The header of a panel file that is made from these files. */
export async function panelHeader(paths: readonly string[]): Promise<Buffer> {
  const models: ModelState[] = [];
  for (const path of paths) models.push(await stateOf(path));
  return encode({ models });
}

/**
 * Whether a panel file is made from what these files hold: their time of change is that of then, or else their SHA-256,
 * which takes a second a gigabyte. A copy has another time of change; the header gets it where it can be written.
 */
export async function isMadeFrom(panels: string, paths: readonly string[]): Promise<boolean> {
  const { models } = await readHeader(panels);
  const times = await Promise.all(paths.map(changeOf));
  if (models.length === paths.length && models.every(({ changed }, index) => changed === times[index])) return true;
  const states: ModelState[] = [];
  for (const [index, path] of paths.entries()) {
    const state = await stateOf(path);
    if (state.sha256 !== models[index]?.sha256) return false;
    states.push(state);
  }
  const file = await open(panels, 'r+').catch(() => undefined);
  await file?.write(encode({ models: states }), 0, HEADER_BYTES, 0).catch(() => undefined);
  await file?.close();
  return true;
}

async function stateOf(path: string): Promise<ModelState> {
  return { path: await realpath(path), changed: await changeOf(path), sha256: await hashFile(path) };
}

async function changeOf(path: string): Promise<string> {
  return String((await stat(path, { bigint: true })).mtimeNs);
}

function encode(header: Header): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(JSON.stringify(header));
  return bytes;
}

/** Without models where the file is none of ours. */
async function readHeader(path: string): Promise<Header> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const value: Partial<Header> = JSON.parse(buffer.toString('utf8', 0, bytesRead).replace(/\0+$/, ''));
    return { models: value.models ?? [] };
  } catch {
    return { models: [] };
  } finally {
    await file.close();
  }
}

import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that was checked when it arrived. */
export interface ManifestFile {
  /** Relative to the manifest's folder, with `/` between folders. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** What a folder of the cache holds of one model, written once all of it was checked. */
export interface ModelManifest {
  readonly version: 1;
  /** Which of the files are the weights (the index, where they are sharded). */
  readonly weights: string;
  readonly files: readonly ManifestFile[];
}

/**
 * The manifest of that name, if every file it lists is there with its size. Hashes were checked when the files
 * arrived; hashing gigabytes at every start would cost more than it protects.
 */
export async function readManifest(folder: string, name: string): Promise<ModelManifest | undefined> {
  const manifest = await readManifestFile(join(folder, name));
  if (!manifest) return undefined;
  const intact = await Promise.all(manifest.files.map((file) => hasSize(join(folder, file.path), file.size)));
  return intact.every(Boolean) ? manifest : undefined;
}

/**
 * The manifest at a path, whatever became of its files. One that was cut off or edited counts as none: the files are then
 * checked again.
 */
export async function readManifestFile(path: string): Promise<ModelManifest | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isManifest(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Writes it whole or not at all. */
export async function writeManifest(folder: string, name: string, manifest: ModelManifest): Promise<void> {
  const temporary = join(folder, `${name}.${process.pid}.partial`);
  await writeFile(temporary, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rename(temporary, join(folder, name));
}

export async function hasSize(path: string, size: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === size;
}

function isManifest(value: unknown): value is ModelManifest {
  const { version, weights, files } = (value ?? {}) as Partial<Record<keyof ModelManifest, unknown>>;
  const isListed = Array.isArray(files) && files.length > 0 && files.every(isManifestFile);
  return version === 1 && typeof weights === 'string' && isListed;
}

function isManifestFile(value: unknown): value is ManifestFile {
  const { path, size, sha256 } = (value ?? {}) as Partial<Record<keyof ManifestFile, unknown>>;
  return typeof path === 'string' && typeof size === 'number' && typeof sha256 === 'string';
}

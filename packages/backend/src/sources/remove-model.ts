import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cacheDirectory as standardCacheDirectory } from '@foretoken/tensorflow';
import { panelDirectory, removePanelFiles } from '../executors/fused/panel-header.js';
import { draftDirectory, requantisedFiles } from '../models/requantised-weights.js';
import { listModels } from './list-models.js';
import { readManifest } from './model-manifest.js';
import { ModelFetchError } from './source-errors.js';

/** What was removed. */
export interface RemovedModel {
  readonly name: string;
  /** Of its files, in bytes; files that another model in the cache needs stay and are not counted. */
  readonly bytes: number;
}

/**
 * Removes a model from the cache, with what was made of its weights, by the name that `listModels` gives it. Files that lie elsewhere are never touched.
 *
 * @param cacheDirectory - the cache folder; by default that of foretoken
 * @throws {ModelFetchError} `model-not-cached`: there is none of that name.
 */
export async function removeModel(
  name: string,
  cacheDirectory: string = standardCacheDirectory(),
): Promise<RemovedModel> {
  const all = await listModels(cacheDirectory);
  const found = all.filter((model) => model.name === name && model.weights !== undefined);
  if (found.length === 0) {
    const cached = all.filter((model) => model.cached).map((model) => model.name);
    throw new ModelFetchError(
      'model-not-cached',
      `${JSON.stringify(name)} is not in ${join(cacheDirectory, 'models')}. What is there: ${cached.join(', ') || 'nothing'}.`,
      { name, cached },
    );
  }
  let bytes = 0;
  const models = found.map(({ weights = '' }) => weights);
  const drafts = await Promise.all(models.map((path) => requantisedFiles(draftDirectory(cacheDirectory), path)));
  await removePanelFiles(panelDirectory(cacheDirectory), [...models, ...drafts.flat()]);
  for (const path of drafts.flat()) await rm(path, { force: true });
  for (const weights of models) bytes += await removeFiles(await manifestFolder(weights), weights);
  return { name, bytes };
}

/** Where the manifest lies that names the weights: beside them or, where they lie in a folder of the repository, above. */
async function manifestFolder(weights: string): Promise<string> {
  for (let folder = dirname(weights); basename(folder) !== 'models'; folder = dirname(folder)) {
    const names = await readdir(folder);
    if (names.some((name) => name.endsWith('manifest.json'))) return folder;
  }
  return dirname(weights);
}

async function removeFiles(folder: string, weights: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('manifest.json'));
  const manifests = await Promise.all(
    names.map(async (name) => ({ name, manifest: await readManifest(folder, name) })),
  );
  const gone = manifests.filter(({ manifest }) => manifest !== undefined && join(folder, manifest.weights) === weights);
  const kept = new Set(
    manifests
      .filter((entry) => !gone.includes(entry))
      .flatMap(({ manifest }) => manifest?.files.map(({ path }) => path)),
  );
  let bytes = 0;
  // The manifest first: a model that is half removed must not count as one that is there.
  for (const { name, manifest } of gone) {
    await rm(join(folder, name));
    for (const { path, size } of manifest?.files ?? []) {
      if (kept.has(path)) continue;
      await rm(join(folder, path), { force: true });
      bytes += size;
    }
  }
  await removeEmpty(folder);
  return bytes;
}

/** Folders that nothing is left in, up to the one of all models. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    for (let at = folder; basename(at) !== 'models'; at = dirname(at)) await rmdir(at);
  } catch {
    // Not empty: there is another selection, or a download that has not ended.
  }
}

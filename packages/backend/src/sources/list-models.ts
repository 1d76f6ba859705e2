import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory as standardCacheDirectory } from '@foretoken/tensorflow';
import { type ModelManifest, readManifest } from './model-manifest.js';
import { registeredModels } from './registered-models.js';

/** A model that can be named, or lies in the cache. */
export interface ListedModel {
  /** What to give `resolveModel`. */
  readonly name: string;
  readonly origin: 'registry' | 'hub';
  readonly description?: string;
  /** Whether all of its files are in the cache. */
  readonly cached: boolean;
  /** Of its files, in bytes. */
  readonly bytes: number;
  /** Path of the weights, where cached. */
  readonly weights?: string;
  /** Branch, tag or commit of a hub model. */
  readonly revision?: string;
}

/**
 * The registered models, cached or not, and the models from the hub that are in the cache, by name.
 *
 * @param cacheDirectory - the cache folder; by default that of foretoken
 */
export async function listModels(cacheDirectory: string = standardCacheDirectory()): Promise<ListedModel[]> {
  const models = join(cacheDirectory, 'models');
  const registered = Object.entries(registeredModels).map(async ([name, model]): Promise<ListedModel> => {
    const folder = join(models, name);
    const manifest = await readManifest(folder, 'manifest.json');
    return {
      name,
      origin: 'registry',
      description: model.description,
      cached: manifest !== undefined,
      bytes: model.size,
      ...(manifest ? { weights: join(folder, manifest.weights) } : {}),
    };
  });
  const all = [...(await Promise.all(registered)), ...(await listHubModels(models))];
  return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** `models/<organisation>--<name>/<revision>/` with one manifest a selection of files. */
async function listHubModels(models: string): Promise<ListedModel[]> {
  const found: ListedModel[] = [];
  for (const repository of await foldersIn(models)) {
    if (!repository.includes('--')) continue;
    for (const revision of await foldersIn(join(models, repository))) {
      const folder = join(models, repository, revision);
      for (const entry of await entriesOf(folder)) {
        const manifest = entry.name.endsWith('manifest.json') ? await readManifest(folder, entry.name) : undefined;
        if (manifest) found.push(hubModel(repository, revision, folder, entry.name, manifest));
      }
    }
  }
  return found;
}

function hubModel(
  repository: string,
  revision: string,
  folder: string,
  name: string,
  manifest: ModelManifest,
): ListedModel {
  const id = repository.replace('--', '/');
  return {
    name: name === 'manifest.json' ? id : `${id}:${manifest.weights}`,
    origin: 'hub',
    cached: true,
    bytes: manifest.files.reduce((sum, file) => sum + file.size, 0),
    weights: join(folder, manifest.weights),
    revision: decodeURIComponent(revision),
  };
}

async function foldersIn(path: string): Promise<string[]> {
  return (await entriesOf(path)).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function entriesOf(path: string): Promise<Dirent[]> {
  return readdir(path, { withFileTypes: true }).catch(() => []);
}

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ForetokenError } from '@foretoken/core';
import type { ProgressListener } from '@foretoken/tensorflow/status';
import type { ListFileEntry } from '@huggingface/hub';
import { parseIndex } from '../weights/safetensors/open-sharded.js';
import { defaultWeightsLimits } from '../weights/weights-limits.js';
import { chooseHubFiles } from './choose-hub-files.js';
import { downloadHubFile } from './download-hub-file.js';
import { describeHubFailure, type HubAccess, hubPlace } from './hub-place.js';
import { type ManifestFile, readManifest, writeManifest } from './model-manifest.js';
import { isFileSystemError, ModelFetchError, notCached } from './source-errors.js';

export interface HubFetch {
  /** `organisation/name` */
  readonly repository: string;
  /** The file of weights, where one was asked for. */
  readonly file: string | undefined;
  /** The folder of the cache that holds the models. */
  readonly models: string;
  readonly options: HubAccess & { readonly allowDownload?: boolean; readonly onProgress?: ProgressListener };
}

/**
 * The files of a Hugging Face repository, from the cache or fetched into it with `@huggingface/hub`. Tested against
 * a local server that speaks the two endpoints in use, `/api/models/…/tree/…` and `/…/resolve/…` with ranges. Not yet
 * tried on the real hub: its redirects to storage, its rate limits, and gated repositories. Files are taken over
 * plain HTTP ranges, not over the Xet protocol, so that a download can be continued.
 *
 * @returns the path of the weights.
 */
export async function fetchFromHub(wanted: HubFetch): Promise<string> {
  const { repository, file, models, options } = wanted;
  const revision = options.revision ?? 'main';
  const folder = join(models, repository.replace('/', '--'), encodeURIComponent(revision));
  const manifestName = file === undefined ? 'manifest.json' : `${encodeURIComponent(file)}.manifest.json`;
  const cached = await readManifest(folder, manifestName);
  if (cached) return join(folder, cached.weights);
  if (options.allowDownload === false) throw notCached(repository, folder, { repository });
  try {
    const { weights, files } = await fetchAll(wanted, revision, folder);
    await writeManifest(folder, manifestName, { version: 1, weights, files });
    return join(folder, weights);
  } catch (cause) {
    if (cause instanceof ForetokenError || isFileSystemError(cause)) throw cause;
    const reason = describeHubFailure(cause);
    throw new ModelFetchError(
      'model-download-failed',
      `${repository} could not be fetched: ${reason}. Check the name and the network; a second try goes on where this one stopped.`,
      { repository, revision },
      cause,
    );
  }
}

async function fetchAll(
  { repository, file, options }: HubFetch,
  revision: string,
  folder: string,
): Promise<{ weights: string; files: ManifestFile[] }> {
  const { downloadFile, listFiles } = await import('@huggingface/hub');
  const place = hubPlace(repository, { ...options, revision });
  const entries = new Map<string, ListFileEntry>();
  for await (const entry of listFiles({ ...place, recursive: true })) {
    if (entry.type === 'file' && isSafePath(entry.path)) entries.set(entry.path, entry);
  }
  const { weights, companions, parts } = chooseHubFiles(repository, [...entries.keys()], file);
  await mkdir(folder, { recursive: true });
  const fetchOne = async (path: string): Promise<ManifestFile> => {
    const entry = entries.get(path);
    if (!entry)
      throw new ModelFetchError(
        'model-file-choice',
        `${repository} has no file ${path}, which belongs to its weights.`,
      );
    const open = async (): Promise<Blob> => {
      const blob = await downloadFile({ ...place, path, xet: false });
      if (blob) return blob;
      throw new ModelFetchError('model-download-failed', `${repository} lists ${path} but doesn't give it.`);
    };
    return downloadHubFile(entry, folder, open, options.onProgress);
  };
  const files: ManifestFile[] = [];
  for (const path of [...companions, weights, ...parts]) files.push(await fetchOne(path));
  for (const path of await shardsOf(weights, folder)) files.push(await fetchOne(path));
  return { weights, files };
}

/** The shards of an index that was just fetched; its names are checked before they become paths. */
async function shardsOf(weights: string, folder: string): Promise<string[]> {
  if (!weights.endsWith('.json')) return [];
  const text = await readFile(join(folder, weights), 'utf8');
  const within = weights.slice(0, weights.lastIndexOf('/') + 1);
  const shards = new Set(parseIndex(text, weights, defaultWeightsLimits).values());
  return [...shards].map((shard) => within + shard);
}

/** A hub that lists `../x` or an absolute path must not make us write there. */
function isSafePath(path: string): boolean {
  return !/[\\:\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

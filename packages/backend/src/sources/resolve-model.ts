import { basename, join } from 'node:path';
import { cacheDirectory as standardCacheDirectory } from '@foretoken/tensorflow';
import type { ProgressListener } from '@foretoken/tensorflow/status';
import { locateWeights } from '../weights/locate-weights.js';
import { type CompanionFiles, companionsOf } from './companion-files.js';
import { fetchFromHub } from './fetch-from-hub.js';
import { fetchRegistered } from './fetch-registered.js';
import { parseReference } from './parse-reference.js';
import { quantisationOf } from './quantisation.js';

export interface ResolveModelOptions {
  /** Where what is fetched is kept, models under `models/`. @default the cache folder of foretoken (`FORETOKEN_CACHE`, else XDG) */
  readonly cacheDirectory?: string;
  /** Whether what is not in the cache may be fetched. @default true */
  readonly allowDownload?: boolean;
  /** Told of every step of a download; `done` and `total` count bytes. @default none */
  readonly onProgress?: ProgressListener;
  /** Branch, tag or commit of a Hugging Face repository. @default 'main' */
  readonly revision?: string;
  /** Which file of a Hugging Face repository holds the weights; the same as `organisation/name:file`. or `organisation/name:Q4_K_M`. @default its safetensors, else its GGUF file of Q4_K_M or nearest to that */
  readonly file?: string;
  /** Address of the hub. @default the environment's `HF_ENDPOINT`, else https://huggingface.co */
  readonly hubUrl?: string;
  /** Token for gated repositories, beginning with `hf_`. @default the environment's `HF_TOKEN` */
  readonly accessToken?: string;
}

/** The files of a model, all on this machine. */
export interface ResolvedModel extends CompanionFiles {
  readonly name: string;
  /** Path of a `.gguf`, a `.safetensors` or a `model.safetensors.index.json`. */
  readonly weights: string;
  readonly origin: 'path' | 'registry' | 'hub';
}

/**
 * Finds the files of a model, fetching them into the cache where they are not there yet. A reference is the path of
 * a file or folder, a registered name, or a Hugging Face id `organisation/name`, `organisation/name:file.gguf`,
 * `organisation/name:Q4_K_M`.
 * Downloads go on where they stopped and are checked against the sizes and hashes that are announced; afterwards a
 * cached model needs no network, and a branch such as `main` is not looked up again.
 *
 * @throws {UnknownModelError} the reference leads nowhere.
 * @throws {ModelFetchError} the files can't be had, or are not what was announced.
 * @throws {WeightsFormatError} `weights-not-found`: a folder holds no weights, or several.
 */
export async function resolveModel(reference: string, options: ResolveModelOptions = {}): Promise<ResolvedModel> {
  const meant = await parseReference(reference);
  const models = join(options.cacheDirectory ?? standardCacheDirectory(), 'models');
  switch (meant.kind) {
    case 'path':
      return resolvePath(meant.path);
    case 'registered': {
      const weights = await fetchRegistered(meant.name, meant.model, models, options);
      return { name: meant.name, weights, origin: 'registry' };
    }
    case 'hub': {
      const file = meant.file ?? options.file;
      const weights = await fetchFromHub({ repository: meant.repository, file, models, options });
      return { name: nameOf(reference, meant.file, weights), weights, ...(await companionsOf(weights)), origin: 'hub' };
    }
  }
}

/** Says which quantisation was taken where the reference does not. */
function nameOf(reference: string, file: string | undefined, weights: string): string {
  const quantisation = weights.endsWith('.gguf') ? quantisationOf(basename(weights)) : undefined;
  return file === undefined && quantisation !== undefined ? `${reference}:${quantisation}` : reference;
}

async function resolvePath(path: string): Promise<ResolvedModel> {
  const weights = await locateWeights(path);
  const name = weights === path ? basename(path).replace(/\.(gguf|safetensors)$/i, '') : basename(path);
  return { name, weights, ...(await companionsOf(weights)), origin: 'path' };
}

import { splitPartNames, standsForModel } from '../weights/gguf/split-name.js';
import { INDEX_NAME } from '../weights/locate-weights.js';
import { COMPANION_NAMES } from './companion-files.js';
import { distance, isQuantisation, quantisationOf } from './quantisation.js';
import { ModelFetchError } from './source-errors.js';

/** Which files of a repository make up the model: the weights (an index, where sharded) and what lies beside them. */
export interface HubSelection {
  readonly weights: string;
  readonly companions: readonly string[];
  /** The other parts of a split GGUF file. */
  readonly parts: readonly string[];
}

/**
 * Chooses from the paths of a repository: the file or quantisation that was asked for, else the index, else
 * `model.safetensors`, else its only GGUF file, else the one quantised to Q4_K_M or nearest to that.
 *
 * @throws {ModelFetchError} `model-file-choice`: there is none, or there are several.
 */
export function chooseHubFiles(repository: string, paths: readonly string[], wanted: string | undefined): HubSelection {
  const weights = chosenWeights(repository, paths, wanted);
  const companions = weights.endsWith('.gguf') ? [] : COMPANION_NAMES.filter((name) => paths.includes(name));
  const parts = (splitPartNames(weights) ?? []).filter((path) => path !== weights);
  return { weights, companions, parts };
}

function chosenWeights(repository: string, paths: readonly string[], wanted: string | undefined): string {
  if (wanted === undefined) return usualWeights(repository, paths);
  if (paths.includes(wanted) && /\.(gguf|safetensors)$|\.index\.json$/.test(wanted)) {
    return splitPartNames(wanted)?.[0] ?? wanted;
  }
  if (isQuantisation(wanted)) {
    const quantisation = quantisationOf(wanted);
    const found = ggufAmong(paths).filter((path) => quantisationOf(path) === quantisation);
    return onlyOne(repository, found, `weights quantised to ${wanted}`, paths);
  }
  return onlyOne(repository, [], `weights ${JSON.stringify(wanted)}`, paths);
}

function usualWeights(repository: string, paths: readonly string[]): string {
  for (const usual of [INDEX_NAME, 'model.safetensors']) if (paths.includes(usual)) return usual;
  const choice = weightsAmong(paths);
  const quantised = ggufAmong(paths);
  const nearest = Math.min(...quantised.map(distance));
  const near =
    choice.length === 1 || nearest === Infinity ? choice : quantised.filter((path) => distance(path) === nearest);
  return onlyOne(repository, near, 'safetensors or GGUF weights', paths);
}

function onlyOne(repository: string, found: readonly string[], what: string, paths: readonly string[]): string {
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const choice = only === undefined ? weightsAmong(paths) : found;
  throw new ModelFetchError(
    'model-file-choice',
    only === undefined
      ? `${repository} has no ${what}. It has: ${choice.join(', ') || 'none that can be read'}.`
      : `${repository} has several files of ${what}: ${choice.join(', ')}. Name one as "${repository}:${only}".`,
    { repository, choice },
  );
}

function weightsAmong(paths: readonly string[]): string[] {
  return paths.filter((path) => /\.(gguf|safetensors)$/.test(path) && standsForModel(path) && !isBeside(path));
}

function ggufAmong(paths: readonly string[]): string[] {
  return weightsAmong(paths).filter((path) => path.endsWith('.gguf'));
}

/** Files that go with a model and are none: projectors of images, importance matrices, adapters. */
function isBeside(path: string): boolean {
  return /(^|\/)mmproj|imatrix|(^|[-_/])lora[-_.]/i.test(path);
}

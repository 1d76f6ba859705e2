import { INDEX_NAME } from '../weights/locate-weights.js';
import { COMPANION_NAMES } from './companion-files.js';
import { ModelFetchError } from './source-errors.js';

/** Which files of a repository make up the model: the weights (an index, where sharded) and what lies beside them. */
export interface HubSelection {
  readonly weights: string;
  readonly companions: readonly string[];
}

/**
 * Chooses from the paths of a repository: the file that was asked for, else the index, else `model.safetensors`,
 * else its only GGUF file.
 *
 * @throws {ModelFetchError} `model-file-choice`: there is none, or there are several.
 */
export function chooseHubFiles(repository: string, paths: readonly string[], wanted: string | undefined): HubSelection {
  const weights = wanted === undefined ? usualWeights(repository, paths) : wantedWeights(repository, paths, wanted);
  const companions = weights.endsWith('.gguf') ? [] : COMPANION_NAMES.filter((name) => paths.includes(name));
  return { weights, companions };
}

function wantedWeights(repository: string, paths: readonly string[], wanted: string): string {
  if (paths.includes(wanted) && /\.(gguf|safetensors)$|\.index\.json$/.test(wanted)) return wanted;
  throw new ModelFetchError(
    'model-file-choice',
    `${repository} has no weights ${JSON.stringify(wanted)}. It has: ${weightsAmong(paths).join(', ') || 'none that can be read'}.`,
    { repository, file: wanted },
  );
}

function usualWeights(repository: string, paths: readonly string[]): string {
  for (const usual of [INDEX_NAME, 'model.safetensors']) if (paths.includes(usual)) return usual;
  const choice = weightsAmong(paths);
  const [only, ...others] = choice;
  if (only !== undefined && others.length === 0) return only;
  throw new ModelFetchError(
    'model-file-choice',
    only === undefined
      ? `${repository} has neither safetensors nor GGUF weights.`
      : `${repository} has several files of weights: ${choice.join(', ')}. Name one as "${repository}:${only}".`,
    { repository, choice },
  );
}

function weightsAmong(paths: readonly string[]): string[] {
  return paths.filter((path) => /\.(gguf|safetensors)$/.test(path));
}

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { standsForModel } from './gguf/split-name.js';
import { WeightsFormatError } from './weights-format-error.js';

/** What Hugging Face calls the index of a sharded model. */
export const INDEX_NAME = 'model.safetensors.index.json';

/**
 * The file of weights that a path means: itself, or in a folder the index, else `model.safetensors`, else the only
 * GGUF (of a split one, its first part) or safetensors file. Throws `WeightsFormatError` with code `weights-not-found` where there is none or a choice.
 */
export async function locateWeights(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw notFound(path, `${path} does not exist.`);
  if (!found.isDirectory()) return path;
  const names = await readdir(path);
  for (const usual of [INDEX_NAME, 'model.safetensors']) if (names.includes(usual)) return join(path, usual);
  for (const extension of ['.gguf', '.safetensors']) {
    const [only, ...others] = names
      .filter((name) => name.toLowerCase().endsWith(extension) && standsForModel(name))
      .sort();
    if (only !== undefined && others.length === 0) return join(path, only);
    if (only !== undefined) {
      throw notFound(
        path,
        `${path} holds ${others.length + 1} ${extension} files: ${[only, ...others].join(', ')}. Name one of them.`,
      );
    }
  }
  throw notFound(path, `${path} holds neither ${INDEX_NAME} nor a .safetensors or .gguf file.`);
}

function notFound(path: string, message: string): WeightsFormatError {
  return new WeightsFormatError('weights-not-found', message, { path });
}

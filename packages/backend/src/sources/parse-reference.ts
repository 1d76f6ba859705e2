import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type RegisteredModel, registeredModels } from './registered-models.js';
import { UnknownModelError } from './source-errors.js';

/** What a model reference means. */
export type ModelReference =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'registered'; readonly name: string; readonly model: RegisteredModel }
  | { readonly kind: 'hub'; readonly repository: string; readonly file: string | undefined };

/** `organisation/name` with an optional `:path/of/file`; neither part may begin with a dot, as `../x` does. */
const HUB_ID = /^([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?::(.+))?$/;

/**
 * Decides what a reference means: a path that exists, else a registered name, else a Hugging Face id.
 *
 * @throws {UnknownModelError} it is none of them.
 */
export async function parseReference(reference: string): Promise<ModelReference> {
  const name = reference.trim();
  if (name === '') throw new UnknownModelError(reference, 'The model reference is empty');
  if (await stat(name).catch(() => undefined)) return { kind: 'path', path: resolve(name) };
  const model = Object.hasOwn(registeredModels, name) ? registeredModels[name] : undefined;
  if (model) return { kind: 'registered', name, model };
  const [, repository, file] = HUB_ID.exec(name) ?? [];
  if (repository !== undefined && !looksLikeFile(repository)) return { kind: 'hub', repository, file };
  if (looksLikeFile(name) || /[/\\]/.test(name)) {
    throw new UnknownModelError(reference, `There is no file or folder ${JSON.stringify(name)}`);
  }
  throw new UnknownModelError(reference, `There is no model ${JSON.stringify(name)}`);
}

/** `models/x.gguf` is a path that does not exist, not a repository. */
function looksLikeFile(name: string): boolean {
  return /\.(gguf|safetensors|json)$/i.test(name);
}

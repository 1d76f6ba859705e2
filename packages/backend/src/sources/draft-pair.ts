import { registeredModels } from './registered-models.js';
import { type ResolveModelOptions, resolveModel } from './resolve-model.js';
import { ModelFetchError, NoDraftModelError } from './source-errors.js';

/**
 * The registered name of the draft model that belongs to a registered model.
 *
 * @throws {NoDraftModelError} there is none.
 */
export function draftModelOf(reference: string): string {
  const name = reference.trim();
  const draft = Object.hasOwn(registeredModels, name) ? registeredModels[name]?.draft : undefined;
  if (draft === undefined) throw new NoDraftModelError(reference);
  return draft;
}

/** The registered name of a model's draft model when its file is in the cache, else `undefined`. Fetches nothing. */
export async function cachedDraftModelOf(
  reference: string,
  options: Pick<ResolveModelOptions, 'cacheDirectory'> = {},
): Promise<string | undefined> {
  try {
    const draft = draftModelOf(reference);
    await resolveModel(draft, { ...options, allowDownload: false });
    return draft;
  } catch (error) {
    if (error instanceof NoDraftModelError) return undefined;
    if (error instanceof ModelFetchError && error.code === 'model-not-cached') return undefined;
    throw error;
  }
}

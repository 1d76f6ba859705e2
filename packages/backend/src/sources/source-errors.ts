import { ForetokenError } from '@foretoken/core';
import { registeredModels } from './registered-models.js';

/** A reference leads nowhere: no such file, no registered model, no Hugging Face id. Code `unknown-model`. */
export class UnknownModelError extends ForetokenError {
  /** @param reason what was tried, as a sentence without its full stop. */
  constructor(reference: string, reason: string) {
    super(
      `${reason}. A model is a registered name (${Object.keys(registeredModels).join(', ')}), the path of a .gguf or .safetensors file or of a model folder, or a Hugging Face id "organisation/name", "organisation/name:file.gguf" or "organisation/name:Q4_K_M".`,
      { code: 'unknown-model', details: { reference, registered: Object.keys(registeredModels) } },
    );
  }
}

/** Why the files of a known model could not be had. */
export type ModelFetchErrorCode =
  /** The model is not in the cache and `allowDownload` is false. */
  | 'model-not-cached'
  /** The hub or the package index could not be reached, or gave an error. */
  | 'model-download-failed'
  /** A file arrived with another size or hash than announced. */
  | 'model-hash-mismatch'
  /** The repository has no weights that can be read, or several to choose from. */
  | 'model-file-choice';

/** The files of a model could not be had; `code` says why. */
export class ModelFetchError extends ForetokenError {
  declare readonly code: ModelFetchErrorCode;

  constructor(
    code: ModelFetchErrorCode,
    message: string,
    details?: Readonly<Record<string, unknown>>,
    cause?: unknown,
  ) {
    super(message, { code, details, cause });
  }
}

/** A model is not in the cache, and must not be fetched. */
export function notCached(name: string, folder: string, details: Readonly<Record<string, unknown>>): ModelFetchError {
  return new ModelFetchError(
    'model-not-cached',
    `${name} is not in ${folder} and downloading is off. Allow it, or run "foretoken models pull ${name}" once.`,
    { ...details, folder },
  );
}

/** A full disk is not the hub's fault: errors of the file system pass as they are. */
export function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}

/** No draft model is registered for a model. Code `no-draft-model`. */
export class NoDraftModelError extends ForetokenError {
  constructor(reference: string) {
    const pairs = Object.entries(registeredModels).flatMap(([name, { draft }]) => (draft === undefined ? [] : [name]));
    super(
      `No draft model is registered for ${JSON.stringify(reference)}, only for: ${pairs.join(', ')}. Fetch a smaller model of the same family by its own name, and draft with it by --draft model:REF.`,
      { code: 'no-draft-model', details: { reference, pairs } },
    );
  }
}

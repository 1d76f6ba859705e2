import { ForetokenError } from '@foretoken/core';

/** What was wrong with a file of weights. */
export type WeightsErrorCode =
  /** There is no such file, or the folder holds no weights. */
  | 'weights-not-found'
  /** Neither GGUF nor safetensors. */
  | 'weights-unknown-format'
  /** GGUF version 1, big-endian GGUF. */
  | 'weights-unsupported-version'
  /** The file ends before what its header promises. */
  | 'weights-truncated'
  /** A count or length exceeds a named limit of {@link WeightsLimits}. */
  | 'weights-limit'
  /** The header contradicts itself or the format. */
  | 'weights-malformed'
  /** A key or tensor name occurs twice. */
  | 'weights-duplicate'
  /** Two tensors share bytes. */
  | 'weights-overlap'
  /** The tensor's type can't be read as numbers. */
  | 'weights-unsupported-type'
  /** No tensor has this name. */
  | 'weights-unknown-tensor'
  /** A shard that the index names, or a part of a split file, is not there. */
  | 'weights-missing-shard'
  /** The index names a shard outside its own folder. */
  | 'weights-unsafe-path'
  /** The file was closed before the read. */
  | 'weights-closed';

/** A file of weights can't be opened or read; `code` says why. */
export class WeightsFormatError extends ForetokenError {
  declare readonly code: WeightsErrorCode;

  constructor(code: WeightsErrorCode, message: string, details?: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, { code, details, cause });
  }
}

/** What the file says of a tensor can't be. @param what goes on from the tensor's name, without a full stop. */
export function malformedTensor(name: string, what: string): WeightsFormatError {
  return new WeightsFormatError('weights-malformed', `Tensor ${JSON.stringify(name)} ${what}.`, { tensor: name });
}

import { ForetokenError } from '@foretoken/core/errors';

/** Why TensorFlow, or a file that it needs, is not available. */
export type TensorFlowErrorCode =
  /** This operating system or processor has no pinned TensorFlow release. */
  | 'unsupported-platform'
  /** No C++ compiler was found. */
  | 'no-compiler'
  /** The compiler ran and failed. */
  | 'compile-failed'
  /** python3 with pip was not found. */
  | 'no-pip'
  /** npm was not found. */
  | 'no-npm'
  /** pip or npm could not fetch a package. */
  | 'download-failed'
  /** A download is needed and the caller forbade it. */
  | 'download-forbidden'
  /** A file does not have the pinned SHA-256 hash. */
  | 'hash-mismatch'
  /** A wheel is not a readable zip archive, or names a path outside its folder. */
  | 'bad-archive'
  /** The NVIDIA driver is missing, or no GPU answers. */
  | 'no-gpu'
  /** A native binding exists and does not load. */
  | 'load-failed'
  /** Another device was already loaded in this process. */
  | 'already-loaded'
  /** An option has a value that is not allowed. */
  | 'invalid-option'
  /** Another process holds the build lock for too long. */
  | 'lock-timeout'
  /** Other users may write to the cache. */
  | 'cache-not-private';

/** Thrown by every function of this package; `code` is for programs, `message` for people. */
export class TensorFlowError extends ForetokenError {
  declare readonly code: TensorFlowErrorCode;

  constructor(code: TensorFlowErrorCode, message: string, options?: ErrorOptions) {
    super(message, { code, cause: options?.cause });
  }
}

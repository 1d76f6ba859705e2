import { ForetokenError } from '@foretoken/core/errors';

/** Why the operators, or one of their objects, are not available. */
export type OperatorsErrorCode =
  /** The kernels are not written for this operating system or processor. */
  | 'unsupported-platform'
  /** They are not compiled yet, and there is no compiler. */
  | 'no-compiler'
  /** They are not compiled yet, and there is no place to put them. */
  | 'cache-not-writable'
  /** The compiler failed. */
  | 'compile-failed'
  /** The addon is not what was compiled. */
  | 'damaged'
  /** The addon does not load, or TensorFlow refuses its operators. */
  | 'load-failed'
  /** An option has a value that is not allowed. */
  | 'invalid-option'
  /** An object can't be made, or was closed. */
  | 'invalid-object'
  | GpuErrorCode;

/** Why a GPU can't be used, or has failed. */
export type GpuErrorCode = (typeof GPU_ERROR_CODES)[number];

/** As native/cuda/device-error.h names them. */
const GPU_ERROR_CODES = [
  /** NVIDIA's driver library is not on this machine. */
  'no-gpu-driver',
  'gpu-driver-too-old',
  /** The driver gives no GPU. */
  'no-gpu',
  /** The kernels need compute capability 8.0. */
  'gpu-too-old',
  /** The model needs what there are no kernels for. */
  'gpu-unsupported-model',
  /** NVRTC does not load, or knows no GPU of this kind. */
  'no-gpu-compiler',
  'gpu-out-of-memory',
  /** It failed in a pass. Only another process can use it again. */
  'gpu-lost',
] as const;

/** Whether a code of an error is one of a GPU. */
export function isGpuErrorCode(code: unknown): code is GpuErrorCode {
  return (GPU_ERROR_CODES as readonly unknown[]).includes(code);
}

/** Thrown by every function of this package; `code` is for programs, `message` for people. */
export class OperatorsError extends ForetokenError {
  declare readonly code: OperatorsErrorCode;

  constructor(code: OperatorsErrorCode, message: string, options?: ErrorOptions) {
    super(message, { code, cause: options?.cause });
  }
}

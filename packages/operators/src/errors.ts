/** Why the operators, or one of their objects, could not be had. */
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
  | 'invalid-object';

/** Thrown by every function of this package; `code` is for programs, `message` for people. */
export class OperatorsError extends Error {
  override readonly name = 'OperatorsError';
  readonly code: OperatorsErrorCode;

  constructor(code: OperatorsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

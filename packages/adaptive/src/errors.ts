/** An option of a controller has a value that can't be used, or names a drafter that is not at hand. */
export class ControllerOptionError extends Error {
  override readonly name = 'ControllerOptionError';
  readonly code = 'invalid-argument';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.details = details;
  }
}

import { ForetokenError } from '@foretoken/core/errors';

/** An option of a controller has a value that can't be used, or names a drafter that is not available. */
export class ControllerOptionError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code: 'invalid-argument', details });
  }
}

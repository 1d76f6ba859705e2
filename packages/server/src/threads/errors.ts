import { ForetokenError } from '@foretoken/core';

/** A long text can't be worked on now. Code `text-unavailable`; `retryAfterSeconds` in the details. */
export class TextUnavailableError extends ForetokenError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'text-unavailable', details: { retryAfterSeconds: 1 }, cause });
  }
}

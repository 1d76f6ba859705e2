import { ForetokenError } from '@foretoken/core/errors';

/** An option or argument of a drafter has a value that can't be used. */
export class DraftOptionError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code: 'invalid-argument', details });
  }
}

/** A draft session was used after `close`. */
export class DraftSessionClosedError extends ForetokenError {
  constructor() {
    super('This draft session is closed. Open a new one with drafter.open(prompt).', { code: 'closed' });
  }
}

import { ForetokenError } from '@foretoken/core/errors';

/** A draft session was used after `close`. */
export class DraftSessionClosedError extends ForetokenError {
  constructor() {
    super('This draft session is closed. Open a new one with drafter.open(prompt).', { code: 'closed' });
  }
}

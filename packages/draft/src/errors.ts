/** An option or argument of a drafter has a value that can't be used. */
export class DraftOptionError extends Error {
  override readonly name = 'DraftOptionError';
  readonly code = 'invalid-argument';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.details = details;
  }
}

/** A draft session was used after `close`. */
export class DraftSessionClosedError extends Error {
  override readonly name = 'DraftSessionClosedError';
  readonly code = 'closed';
  readonly details: Readonly<Record<string, unknown>> = {};

  constructor() {
    super('This draft session is closed. Open a new one with drafter.open(prompt).');
  }
}

import { ForetokenError } from '@foretoken/core';

/** A constraint can't be met or is of a kind that can't be promised. Code `invalid-constraint`. */
export class InvalidConstraintError extends ForetokenError {
  /** Where in the constraint: a JSON pointer into the schema, '' for the whole. */
  readonly path: string;

  constructor(message: string, details: Readonly<Record<string, unknown>> & { readonly path?: string } = {}) {
    const { path = '' } = details;
    super(path === '' ? message : `At ${path}: ${message}`, { code: 'invalid-constraint', details });
    this.path = path;
  }
}

/** A constraint was used out of turn: a bug of the caller's, not of the request. Code `constraint-state`. */
export class ConstraintStateError extends ForetokenError {
  constructor(message: string) {
    super(message, { code: 'constraint-state' });
  }
}

/** The thread that keeps track of grammars could not be started, or keeps failing. Code `constraint-unavailable`. */
export class ConstraintUnavailableError extends ForetokenError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'constraint-unavailable', cause });
  }
}

import { ForetokenError } from '@foretoken/core';

/** A constraint is invalid, can't be satisfied, or is of a kind that can't be enforced. Code `invalid-constraint`. */
export class InvalidConstraintError extends ForetokenError {
  /** Where in the constraint: a JSON pointer into the schema, '' for the whole. */
  readonly path: string;

  constructor(message: string, details: Readonly<Record<string, unknown>> & { readonly path?: string } = {}) {
    const { path = '' } = details;
    super(path === '' ? message : `At ${path}: ${message}`, { code: 'invalid-constraint', details });
    this.path = path;
  }
}

/** An answer repeats items of an array with `uniqueItems`, which a grammar can't prevent. Code `repeated-items`. */
export class RepeatedItemsError extends ForetokenError {
  /** @param path - where in the schema: a JSON pointer */
  constructor(path: string, value: string) {
    super(
      `${path === '' ? '' : `At ${path}: `}The answer has the item ${value} more than once, which uniqueItems forbids. Ask again with another seed or a higher temperature, list the items with enum (then none can come twice), or leave uniqueItems out.`,
      { code: 'repeated-items', details: { path, value } },
    );
  }
}

/** A constraint was used in the wrong order: a bug in the caller, not in the request. Code `constraint-state`. */
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

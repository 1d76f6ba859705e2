import { ForetokenError } from '../errors.js';

/** A row of logits from which no token can be chosen. Code `invalid-logits`. */
export class InvalidLogitsError extends ForetokenError {
  constructor(message: string, details?: Readonly<Record<string, unknown>>) {
    super(message, { code: 'invalid-logits', details });
  }
}

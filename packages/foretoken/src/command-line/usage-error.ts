import { ForetokenError } from '@foretoken/core';

/** The command line, or a file named on it, asks for something that can't be: exit code 2. Code `usage`. */
export class UsageError extends ForetokenError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { code: 'usage', ...options });
  }
}

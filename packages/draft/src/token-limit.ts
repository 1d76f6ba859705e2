import { InvalidArgumentError } from '@foretoken/core/errors';

/**
 * Ids are below this. They index arrays, where a wrong id would take gigabytes, and are packed with n-gram numbers into
 * one exact double, which leaves 21 bits for them.
 */
export const TOKEN_LIMIT = 2 ** 21;

/** Throws `InvalidArgumentError` for an id outside [0, `TOKEN_LIMIT`). */
export function requireToken(token: number): void {
  if (token >= 0 && token < TOKEN_LIMIT) return;
  throw new InvalidArgumentError(`Token ids must be in [0, ${TOKEN_LIMIT}), but one is ${token}.`, { token });
}

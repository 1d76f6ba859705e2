import type { Drafter } from '../contracts/drafter.js';
import { InvalidArgumentError } from '../errors.js';

/** Milliseconds. Far above what a useful drafter takes, so that only one that hangs is given up on. */
export const DEFAULT_DRAFTER_TIMEOUT = 5000;
/** The longest that a timer of Node.js can wait. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Throws `InvalidArgumentError` for an invalid timeout. */
export function checkDrafterTimeout(drafterTimeout: number): number {
  if (drafterTimeout > 0 && drafterTimeout <= LONGEST_TIMEOUT) return drafterTimeout;
  throw new InvalidArgumentError(
    `drafterTimeout must be above 0 and at most ${LONGEST_TIMEOUT} ms, but is ${drafterTimeout}.`,
    { drafterTimeout },
  );
}

/** The drafters' names. Throws `InvalidArgumentError` when two share one. */
export function drafterNames(drafters: readonly Drafter[]): readonly string[] {
  const names = drafters.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return names;
  throw new InvalidArgumentError(`Two drafters are named "${twice}". A controller must be able to tell them apart.`, {
    drafters: names,
  });
}

import { InvalidConstraintError } from '../errors.js';

/** Steps of automata, over a whole schema: some tenths of a second. */
const MAX_STEPS = 2_000_000;
/** States with a length each, over a whole schema, beyond which strings are no longer than all may be. */
const MAX_STATES = 2_048;
/** Steps that a counted state takes. */
const COUNTING = 16;

/** What the automata of one schema may cost together. */
export class AutomatonWork {
  #steps = MAX_STEPS;
  #states = MAX_STATES;

  /** @throws {InvalidConstraintError} when nothing is left. */
  spend(steps: number, path: string): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw tooLarge(path);
  }

  /** States with a length each that are left. */
  get states(): number {
    return Math.max(0, this.#states);
  }

  /** So many states with a length each were written. */
  count(states: number, path: string): void {
    this.#states -= states;
    this.spend(COUNTING * states, path);
  }
}

export function tooLarge(path: string): InvalidConstraintError {
  return new InvalidConstraintError('Pattern, format and lengths are too large together; lower the lengths.', { path });
}

import { InvalidConstraintError } from '../errors.js';

/** Steps of automata, over a whole schema: some tenths of a second. */
const MAX_STEPS = 2_000_000;
/** States with a length each, over a whole schema, that go to strings longer than all may be. */
const MAX_LENGTHS = 2_048;

/** What the automata of one schema may cost together. */
export class AutomatonWork {
  #steps = MAX_STEPS;
  #lengths = MAX_LENGTHS;

  /** @throws {InvalidConstraintError} when nothing is left. */
  spend(steps: number, path: string): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw tooLarge(path);
  }

  /** Takes all lengths that are left for an automaton of so many states. */
  lengths(states: number): number {
    const lengths = Math.floor(this.#lengths / states);
    this.#lengths -= lengths * states;
    return lengths;
  }
}

export function tooLarge(path: string): InvalidConstraintError {
  return new InvalidConstraintError('Pattern, format and lengths are too large together; lower the lengths.', { path });
}

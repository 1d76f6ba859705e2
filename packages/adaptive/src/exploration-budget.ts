import type { ExplorationPurse } from './exploration-purse.js';

/** Rounds between two looks at first, after content changed, and at most. At most so that a look and the way back stay below one change of plan in 20 rounds. */
const USUAL_WAIT = 10;
const SHORTEST_WAIT = 3;
const LONGEST_WAIT = 80;
/** With guesses in use a change of content shows in their acceptance, so that looks may be rarer. */
const LONGEST_WAIT_IN_USE = 160;
/** Rounds after which a change of content no longer makes the next wait longer, by a factor of e. */
const HURRY_WINDOW = 150;
/** Rounds of a look that finds nothing, and of one that does. */
const LEAST_ROUNDS = 2;
const MOST_ROUNDS = 6;

/**
 * Says when a look at a draft that is not in use is due in one sequence, and whether the purse pays for it. A look that
 * changed nothing doubles the wait for the next.
 */
export class ExplorationBudget {
  readonly #purse: ExplorationPurse;
  readonly #lastLooks = new Map<string, number>();
  #wait = USUAL_WAIT;
  #sinceLook = 0;
  #hurries = 0;
  #look:
    | { readonly subject: string; rounds: number; found: boolean; readonly idle: boolean; readonly growth: number }
    | undefined;
  #looks = 0;

  constructor(purse: ExplorationPurse) {
    this.#purse = purse;
  }

  /** Whether it is time for a look, or in the midst of one. */
  get due(): boolean {
    return this.#look !== undefined || this.#sinceLook >= this.#wait;
  }

  /** Whether a look is under way. */
  get looking(): boolean {
    return this.#look !== undefined;
  }

  /** The subject to look at: the one under way, or else the one that was not looked at for longest. */
  pick<Subject extends { readonly key: string }>(subjects: readonly Subject[]): Subject | undefined {
    if (this.#look !== undefined) return subjects.find(({ key }) => key === this.#look?.subject);
    const age = ({ key }: Subject): number => this.#lastLooks.get(key) ?? -1;
    return subjects.reduce<Subject | undefined>(
      (oldest, subject) => (oldest === undefined || age(subject) < age(oldest) ? subject : oldest),
      undefined,
    );
  }

  /** `loss`: milliseconds that a round of the look is expected to lose against the plan in use. */
  affords(loss: number): boolean {
    return this.#purse.affords(loss) && this.#purse.hold(this);
  }

  /** Whether a look at this subject is under way. */
  isUnderWay(subject: string): boolean {
    return this.#look?.subject === subject;
  }

  /** `subjects`: how many there are to look at in turn. `idle`: whether standard decoding is in use. */
  begin(subject: string, { subjects, idle }: { readonly subjects: number; readonly idle: boolean }): void {
    this.#look ??= { subject, rounds: 0, found: false, idle, growth: 2 ** (1 / subjects) };
    this.#lastLooks.set(subject, this.#looks++);
  }

  /** A round passed without a look. */
  wait(): void {
    if (this.#look !== undefined) this.#end();
    this.#sinceLook++;
    this.#hurries *= Math.exp(-1 / HURRY_WINDOW);
  }

  /** A round of a look took place and lost so many milliseconds against the plan in use; `found`: a guess was right. */
  spend(loss: number, found: boolean): void {
    this.#purse.spend(loss);
    const look = this.#look;
    if (look === undefined) return;
    look.rounds++;
    look.found ||= found;
    if (look.rounds >= (look.found ? MOST_ROUNDS : LEAST_ROUNDS)) this.#end();
  }

  /** The plan in use changed, so a look under way is over. */
  stop(): void {
    this.#look = undefined;
    this.#purse.release(this);
    this.#sinceLook = 0;
  }

  /** The content changed: what was learned of waiting is void, unless that has been said again and again. */
  hurry(): void {
    this.stop();
    this.#wait = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** this.#hurries);
    this.#hurries++;
  }

  #end(): void {
    const longest = this.#look?.idle === false ? LONGEST_WAIT_IN_USE : LONGEST_WAIT;
    this.#wait = Math.min(longest, this.#wait * (this.#look?.growth ?? 1));
    this.#sinceLook = 0;
    this.#look = undefined;
    this.#purse.release(this);
  }
}

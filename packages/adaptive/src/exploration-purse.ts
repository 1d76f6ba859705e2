/** Most milliseconds to be saved up, as a multiple of a standard round. */
const MOST_SAVED = 1.5;
/** Forwards after which whoever held the purse and did nothing with it is taken to have left. */
const LONGEST_HOLD = 2;

/**
 * Milliseconds that may be lost to looking at drafts out of use: a small share of all time. All sequences have one
 * purse, and one of them at a time spends from it: halves of looks teach nothing.
 */
export class ExplorationPurse {
  readonly #share: number;
  #saved = 0;
  #holder: object | undefined;
  #spent = false;
  #forwards = 0;
  #heldAt = 0;

  /** `share`: part of all time that may be lost to looking, in [0, 1]. */
  constructor(share: number) {
    this.#share = share;
  }

  /** A forward took so long, drafts included. */
  save(milliseconds: number, standardMilliseconds: number): void {
    this.#forwards++;
    const paid = this.#spent;
    this.#spent = false;
    // What was just spent from is not filled by the same round.
    if (paid || !(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY)) return;
    const counted = Math.min(milliseconds, 3 * standardMilliseconds);
    this.#saved = Math.min(MOST_SAVED * standardMilliseconds, this.#saved + this.#share * counted);
  }

  affords(milliseconds: number): boolean {
    return this.#saved >= milliseconds;
  }

  spend(milliseconds: number): void {
    this.#spent = true;
    if (Number.isFinite(milliseconds)) this.#saved -= Math.max(0, milliseconds);
  }

  /** Whether `who` may spend now; then nobody else may before `release`. */
  hold(who: object): boolean {
    const held = this.#holder !== undefined && this.#holder !== who && this.#forwards - this.#heldAt <= LONGEST_HOLD;
    if (held) return false;
    this.#holder = who;
    this.#heldAt = this.#forwards;
    return true;
  }

  release(who: object): void {
    if (this.#holder === who) this.#holder = undefined;
  }
}

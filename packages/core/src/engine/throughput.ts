/** Endings that the estimate looks back on: some rounds of a full engine. */
const REMEMBERED_ENDINGS = 32;
/** Longest advice in seconds: who waits longer had better ask elsewhere. */
const LONGEST_WAIT = 60;

/** Estimates from when requests ended how soon a place in the queue becomes free. */
export class Throughput {
  #endings: number[] = [];

  /** A request gave its place back, at a time in milliseconds. */
  ended(at: number): void {
    this.#endings.push(at);
    if (this.#endings.length > REMEMBERED_ENDINGS) this.#endings.shift();
  }

  /**
   * Whole seconds from 1 to 60. One place becomes free with every ending; `runningSince` is when the oldest running
   * request began, the only hint while there were no two endings.
   */
  retryAfterSeconds(now: number, runningSince: number): number {
    const [first] = this.#endings;
    const count = this.#endings.length;
    const interval = first === undefined || count < 2 ? now - runningSince : (now - first) / (count - 1);
    return Math.min(LONGEST_WAIT, Math.max(1, Math.ceil(interval / 1000)));
  }
}

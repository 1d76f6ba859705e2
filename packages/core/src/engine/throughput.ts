/** Endings that the estimate looks back on: some rounds of a full engine. */
const REMEMBERED_ENDINGS = 32;
/** Longest advice in seconds: who waits longer had better ask elsewhere. */
const LONGEST_WAIT = 60;

/** Estimates from when requests ended how soon a place in the queue becomes free. */
export class Throughput {
  #endings: number[] = [];
  /** Mean milliseconds between endings, of an earlier busy time. */
  #earlier: number | undefined;

  /** A request gave its place back, at a time in milliseconds. */
  ended(at: number): void {
    this.#endings.push(at);
    if (this.#endings.length > REMEMBERED_ENDINGS) this.#endings.shift();
  }

  /** Nothing is left to do: the time until the next request says nothing about how long one takes. */
  idle(): void {
    this.#earlier = this.#interval ?? this.#earlier;
    this.#endings = [];
  }

  /**
   * Whole seconds from 1 to 60. One place becomes free with every ending; `runningSince` is when the oldest running
   * request began, the only hint while there were no two endings.
   */
  retryAfterSeconds(now: number, runningSince: number): number {
    const interval = this.#interval ?? this.#earlier ?? now - runningSince;
    return Math.min(LONGEST_WAIT, Math.max(1, Math.ceil(interval / 1000)));
  }

  get #interval(): number | undefined {
    const [first] = this.#endings;
    const last = this.#endings.at(-1);
    if (first === undefined || last === undefined || this.#endings.length < 2) return undefined;
    return (last - first) / (this.#endings.length - 1);
  }
}

/** Median of the latest values: a few values far out, however far, move it no further than to a neighbour. */
export class RunningMedian {
  readonly #window: number;
  readonly #latest: number[] = [];
  #median: number | undefined;

  /** `window`: values that count. Odd. */
  constructor(window: number) {
    this.#window = window;
  }

  /** `undefined` before the first value. */
  get value(): number | undefined {
    return this.#median;
  }

  /** Values that count now. */
  get count(): number {
    return this.#latest.length;
  }

  /** Ignores what is not above 0 and finite: a clock that was set gives such times. */
  add(value: number): void {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) return;
    this.#latest.push(value);
    if (this.#latest.length > this.#window) this.#latest.shift();
    const sorted = [...this.#latest].sort((a, b) => a - b);
    this.#median = sorted[sorted.length >> 1];
  }
}

/** How much more may be sent before the reader has read some of it. */
export class ReadingCredit {
  readonly #signal: AbortSignal;
  #left: number;
  #resume: (() => void) | undefined;

  /** After an abort nothing is waited for any more. */
  constructor(credit: number, signal: AbortSignal) {
    this.#left = credit;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#resume?.(), { once: true });
  }

  add(credit: number): void {
    this.#left += credit;
    if (this.#left > 0) this.#resume?.();
  }

  /** Takes one, waiting for it where there is none. One caller at a time. */
  async take(): Promise<void> {
    if (this.#left <= 0 && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      this.#resume = undefined;
    }
    this.#left--;
  }
}

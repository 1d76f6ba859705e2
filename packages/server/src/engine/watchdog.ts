/** Looks this often within the time that it allows for silence: it is over at the last look, which the more of them are the nearer to its end. */
const LOOKS = 16;

/**
 * Tells when nothing was heard for a time. It counts its own looks, not the clock: a machine that slept, or an event loop
 * that was held up, had no chance to hear anything either.
 */
export class Watchdog {
  readonly #timer: ReturnType<typeof setInterval>;
  #silentLooks = 0;
  #verdict: ReturnType<typeof setImmediate> | undefined;

  constructor(options: { /** Milliseconds. */ readonly silence: number; readonly onSilence: () => void }) {
    const { silence, onSilence } = options;
    this.#timer = setInterval(() => {
      if (++this.#silentLooks < LOOKS) return;
      // What arrived while the event loop was held up is read before this runs.
      this.#verdict = setImmediate(() => {
        if (this.#silentLooks < LOOKS) return;
        this.stop();
        onSilence();
      });
    }, silence / LOOKS);
  }

  /** There was a sign of life. */
  heard(): void {
    this.#silentLooks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
    clearImmediate(this.#verdict);
  }
}

/** Milliseconds that a piece of a prompt may take: aborts, deadlines and everybody else wait no longer. */
const TARGET_MILLISECONDS = 200;
/** Largest piece in tokens: the fixed cost of a forward vanishes in it. */
export const MOST_PIECE_TOKENS = 512;
/** Before anything is known: short even for a large model on a slow machine. */
const FIRST_PIECE_TOKENS = 16;
/** However slow a machine is: a forward reads all weights, which shorter pieces would do for hardly any tokens. */
const LEAST_PIECE_TOKENS = 8;
/** A short piece says little about a much longer one. */
const MOST_GROWTH = 4;

/** Learns how many prompt tokens a forward may score so that it takes some 0.2 s. */
export class PrefillPace {
  #tokens = FIRST_PIECE_TOKENS;

  /** Prompt tokens that the next forward may score. */
  get tokens(): number {
    return this.#tokens;
  }

  /** A forward scored so many tokens, with others' tokens beside the prompt's. */
  observe(tokens: number, milliseconds: number): void {
    // What a forward costs in any case weighs more in a piece that was shorter than it might have been.
    if (tokens < this.#tokens && milliseconds <= TARGET_MILLISECONDS) return;
    const affordable = Math.floor((tokens * TARGET_MILLISECONDS) / Math.max(milliseconds, 1));
    const most = Math.min(MOST_PIECE_TOKENS, this.#tokens * MOST_GROWTH);
    this.#tokens = Math.max(LEAST_PIECE_TOKENS, Math.min(most, affordable));
  }
}

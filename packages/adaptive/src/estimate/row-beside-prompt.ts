/** A forward that read a piece of a prompt while others decoded. */
export interface MixedForward {
  readonly promptTokens: number;
  /** Tokens of those that decode, guesses included. */
  readonly rows: number;
  readonly milliseconds: number;
}

/** Forwards after which one weighs 1/e. */
const WINDOW = 80;
/** Spread, in forwards x tokens², that the prior counts for. */
const RIDGE = 30;
/** Relative spread of one timing while unknown, squared. */
const NOISE = 0.01;
/** Standard deviations that a surprise counts as at most (Huber, 1964): a pause of the process is no price. */
const CLIP = 2.5;
/** No row costs more than this many times what it is assumed to. */
const MOST = 3;

/**
 * What one more decoded row costs beside a piece of a prompt, by least squares over both kinds of tokens. A piece is
 * large enough that rows beside it cost what they cost where the processor is the limit, and no curve of forwards
 * without prompts tells.
 */
export class RowBesidePrompt {
  #weight = 0;
  #rows = 0;
  #prompt = 0;
  #time = 0;
  #surprise = 0;
  /** Sums of squares and products about the means. */
  readonly #spread = { rows: 0, prompt: 0, both: 0, rowsTime: 0, promptTime: 0 };

  observe({ promptTokens, rows, milliseconds }: MixedForward): void {
    if (!(milliseconds > 0 && milliseconds < Number.POSITIVE_INFINITY && promptTokens >= 1 && rows >= 1)) return;
    const [row, prompt] = [rows - this.#rows, promptTokens - this.#prompt];
    const late = this.#weight === 0 ? milliseconds : this.#clipped(milliseconds - this.#time, { row, prompt });
    const discount = Math.exp(-1 / WINDOW);
    const before = discount * this.#weight;
    this.#weight = before + 1;
    this.#rows += row / this.#weight;
    this.#prompt += prompt / this.#weight;
    this.#time += late / this.#weight;
    const share = before / this.#weight;
    const spread = this.#spread;
    spread.rows = discount * spread.rows + share * row * row;
    spread.prompt = discount * spread.prompt + share * prompt * prompt;
    spread.both = discount * spread.both + share * row * prompt;
    spread.rowsTime = discount * spread.rowsTime + share * row * late;
    spread.promptTime = discount * spread.promptTime + share * prompt * late;
  }

  /** Milliseconds. `assumed`: what to take it for while little is known, unless tokens cost less than that on average. */
  milliseconds(assumed: number): number {
    const mean = this.#weight === 0 ? assumed : Math.min(assumed, this.#time / (this.#rows + this.#prompt));
    return Math.min(MOST * mean, Math.max(0, this.#slopes(mean).row));
  }

  /** How much later than the mean a forward was, when so many more rows and tokens of prompts than usual explain a part. */
  #clipped(late: number, { row, prompt }: { readonly row: number; readonly prompt: number }): number {
    const slopes = this.#slopes(0);
    const expected = slopes.row * row + slopes.prompt * prompt;
    const variance = this.#surprise === 0 ? NOISE * this.#time ** 2 : this.#surprise;
    const limit = CLIP * Math.sqrt(variance);
    const surprise = Math.max(-limit, Math.min(limit, late - expected));
    this.#surprise = variance + (surprise ** 2 - variance) / Math.min(WINDOW, 1 + this.#weight);
    return expected + surprise;
  }

  #slopes(assumed: number): { readonly row: number; readonly prompt: number } {
    const { both } = this.#spread;
    const [rows, prompt] = [this.#spread.rows + RIDGE, this.#spread.prompt + RIDGE];
    const rowsTime = this.#spread.rowsTime + RIDGE * assumed;
    const promptTime = this.#spread.promptTime + RIDGE * assumed;
    const determinant = rows * prompt - both * both;
    return {
      row: (rowsTime * prompt - promptTime * both) / determinant,
      prompt: (promptTime * rows - rowsTime * both) / determinant,
    };
  }
}

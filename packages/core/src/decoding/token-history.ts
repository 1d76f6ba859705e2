/** The tokens of one sequence, prompt and output, in one growing array. */
export class TokenHistory {
  #tokens: Int32Array;
  #length: number;

  constructor(prompt: Int32Array, expectedTokens: number) {
    this.#tokens = new Int32Array(prompt.length + Math.min(expectedTokens, 1024));
    this.#tokens.set(prompt);
    this.#length = prompt.length;
  }

  get length(): number {
    return this.#length;
  }

  get last(): number {
    return this.#tokens[this.#length - 1] ?? -1;
  }

  append(tokens: ArrayLike<number>): void {
    const length = this.#length + tokens.length;
    if (length > this.#tokens.length) {
      const larger = new Int32Array(Math.max(length, 2 * this.#tokens.length));
      larger.set(this.#tokens);
      this.#tokens = larger;
    }
    this.#tokens.set(tokens, this.#length);
    this.#length = length;
  }

  /** A copy of the tokens in [start, end), all when they are left out, that the receiver may keep. */
  slice(start = 0, end = this.#length): Int32Array {
    return this.#tokens.slice(start, Math.min(end, this.#length));
  }

  /** How many of the first `most` tokens are those of `others`. */
  commonPrefix(others: TokenHistory, most: number): number {
    const end = Math.min(most, this.#length, others.#length);
    let at = 0;
    while (at < end && this.#tokens[at] === others.#tokens[at]) at++;
    return at;
  }
}

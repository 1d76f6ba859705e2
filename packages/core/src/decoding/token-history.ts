/** The tokens of one sequence, prompt and output, in one growing array. */
export class TokenHistory {
  #tokens: Int32Array;
  #length: number;

  constructor(prompt: Int32Array, expectedTokens: number) {
    this.#tokens = new Int32Array(prompt.length + Math.min(expectedTokens, 1024));
    this.#tokens.set(prompt);
    this.#length = prompt.length;
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

  /** A copy that the receiver may keep. Shape [length]. */
  copy(): Int32Array {
    return this.#tokens.slice(0, this.#length);
  }
}

/**
 * Text of one sequence with an index of its n-grams that grows by one token at a time.
 *
 * Every n-gram up to the maximum has a number, found from the number of its first n - 1 tokens and its last token.
 * So a new token costs one map look-up for each length, whatever the length of the text, and two different n-grams
 * never share a number. Memory: at most `maximum` map entries for each token of text.
 */
export class SuffixIndex {
  readonly #maximum: number;
  /** Number of the n-gram made of a prefix's number and one more token. Key: prefix number x 2^21 + token. */
  readonly #extensions = new Map<number, number>();
  /** For each n-gram number: the position after its newest occurrence that is followed by something. */
  readonly #continuations: number[] = [0];
  /** Index n - 1: number of the n-gram that the text ends with. */
  #ending: number[] = [];
  #tokens: Int32Array;
  #length = 0;

  /** `maximum`: longest n-gram to index, in tokens. `capacity`: tokens to make room for at first. */
  constructor(maximum: number, capacity: number) {
    this.#maximum = maximum;
    this.#tokens = new Int32Array(Math.max(64, capacity));
  }

  get length(): number {
    return this.#length;
  }

  at(position: number): number {
    return this.#tokens[position] ?? -1;
  }

  append(token: number): void {
    // The n-grams that the text ended with are followed by something now, so they can be found from here on.
    for (const gram of this.#ending) this.#continuations[gram] = this.#length;
    if (this.#length === this.#tokens.length) {
      const larger = new Int32Array(this.#tokens.length * 2);
      larger.set(this.#tokens);
      this.#tokens = larger;
    }
    this.#tokens[this.#length++] = token;
    const ending: number[] = [];
    for (let n = 1; n <= Math.min(this.#maximum, this.#length); n++) {
      const prefix = n === 1 ? 0 : (this.#ending[n - 2] ?? 0);
      ending.push(this.#extend(prefix, token));
    }
    this.#ending = ending;
  }

  /**
   * Where the text went on after the newest earlier occurrence of its last n tokens; the largest n in
   * [minimum, maximum] that has one wins. `undefined` when none has.
   */
  continuation(minimum: number): { readonly position: number; readonly matched: number } | undefined {
    for (let n = this.#ending.length; n >= minimum; n--) {
      const position = this.#continuations[this.#ending[n - 1] ?? 0] ?? 0;
      if (position > 0) return { position, matched: n };
    }
    return undefined;
  }

  #extend(prefix: number, token: number): number {
    const key = prefix * 2 ** 21 + token;
    const known = this.#extensions.get(key);
    if (known !== undefined) return known;
    const gram = this.#continuations.length;
    this.#continuations.push(0);
    this.#extensions.set(key, gram);
    return gram;
  }
}

import { TOKEN_LIMIT } from '../token-limit.js';

/** An earlier place where the latest tokens occurred. */
export interface Occurrence {
  /** Where the text goes on behind it. */
  readonly position: number;
  /** Length of the indexed n-gram that found it, in tokens. */
  readonly gram: number;
}

/**
 * Text of one sequence with an index of its n-grams that grows by one token at a time.
 *
 * Every n-gram up to the maximum has a number, found from the number of its first n - 1 tokens and its last token.
 * So a new token costs one map look-up for each length, whatever the length of the text, and two different n-grams
 * never share a number. Occurrences of one n-gram are linked, the newest first. Memory: at most `maximum` map entries
 * and `maximum` + 1 integers for each token of text.
 */
export class SuffixIndex {
  readonly #maximum: number;
  /** Number of the n-gram made of a prefix's number and one more token. Key: prefix number x 2^21 + token. */
  readonly #extensions = new Map<number, number>();
  /** For each n-gram number: the position after its newest occurrence that is followed by something, 0 for none. */
  readonly #continuations: number[] = [0];
  /** Position after the occurrence before, of the n-gram that ends before a position; 0 for none. Shape [capacity x maximum]. */
  #earlier: Int32Array;
  /** Index n - 1: number of the n-gram that the text ends with. */
  #ending: number[] = [];
  #tokens: Int32Array;
  #length = 0;

  /** `maximum`: longest n-gram to index, in tokens. `capacity`: tokens to make room for at first. */
  constructor(maximum: number, capacity: number) {
    this.#maximum = maximum;
    this.#tokens = new Int32Array(Math.max(64, capacity));
    this.#earlier = new Int32Array(this.#tokens.length * maximum);
  }

  get length(): number {
    return this.#length;
  }

  at(position: number): number {
    return this.#tokens[position] ?? -1;
  }

  append(token: number): void {
    if (this.#length === this.#tokens.length) {
      this.#tokens = doubled(this.#tokens);
      this.#earlier = doubled(this.#earlier);
    }
    // The n-grams that the text ended with are followed by something now, so they can be found from here on.
    for (const [i, gram] of this.#ending.entries()) {
      this.#earlier[this.#length * this.#maximum + i] = this.#continuations[gram] ?? 0;
      this.#continuations[gram] = this.#length;
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
   * Where the last n tokens occurred before and were followed by something: for the largest n in [minimum, maximum]
   * that has any, its `recent` newest; with `shorter` also those of each smaller n that were not found yet.
   */
  occurrences(minimum: number, recent: number, shorter: boolean): Occurrence[] {
    const found: Occurrence[] = [];
    for (let n = this.#ending.length; n >= minimum; n--) {
      let position = this.#continuations[this.#ending[n - 1] ?? 0] ?? 0;
      for (let step = 0; position > 0 && step < recent; step++) {
        const here = position;
        if (!found.some((other) => other.position === here)) found.push({ position, gram: n });
        position = this.#earlier[position * this.#maximum + n - 1] ?? 0;
      }
      if (found.length > 0 && !shorter) break;
    }
    return found;
  }

  /** How many tokens before a position equal the last ones of the text, counted up to `most`. */
  matched(position: number, most: number): number {
    let matched = 0;
    while (
      matched < Math.min(most, position) &&
      this.at(position - 1 - matched) === this.at(this.#length - 1 - matched)
    ) {
      matched++;
    }
    return matched;
  }

  #extend(prefix: number, token: number): number {
    const key = prefix * TOKEN_LIMIT + token;
    const known = this.#extensions.get(key);
    if (known !== undefined) return known;
    const gram = this.#continuations.length;
    this.#continuations.push(0);
    this.#extensions.set(key, gram);
    return gram;
  }
}

function doubled(numbers: Int32Array): Int32Array {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}

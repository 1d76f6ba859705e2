import { SuffixTrie } from './suffix-trie.js';

/** Of an object with four fields in V8. */
const NODE_BYTES = 56;

/** The latest finished sequences and their counts, within a budget of tokens. */
export class SuffixPool {
  readonly trie: SuffixTrie;
  readonly #capacity: number;
  readonly #depth: number;
  /** Oldest first. */
  readonly #texts: Int32Array[] = [];
  #tokens = 0;

  /** `capacity`: most tokens kept. `depth`: longest run counted, in tokens. */
  constructor(capacity: number, depth: number) {
    this.#capacity = capacity;
    this.#depth = depth;
    this.trie = new SuffixTrie(depth);
  }

  /** Held at most: a token of text may be part of `depth` runs that occur nowhere else. */
  get bytes(): number {
    return this.#tokens * (Int32Array.BYTES_PER_ELEMENT + this.#depth * NODE_BYTES);
  }

  /** Adds a finished sequence (its end, if it alone is over the budget) and drops the oldest ones to make room. */
  add(sequence: readonly number[]): void {
    const text = Int32Array.from(sequence.slice(Math.max(0, sequence.length - this.#capacity)));
    if (text.length === 0) return;
    while (this.#tokens + text.length > this.#capacity) {
      const oldest = this.#texts.shift();
      if (oldest === undefined) break;
      this.trie.remove(oldest);
      this.#tokens -= oldest.length;
    }
    for (let i = 0; i < text.length; i++) this.trie.add(text, i);
    this.#texts.push(text);
    this.#tokens += text.length;
  }
}

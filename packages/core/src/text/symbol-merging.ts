/**
 * Merges neighbours, the pair of lowest priority first and the leftmost among equals, until no pair has one.
 * Byte-pair encoding takes the rank of a merge as the priority, SentencePiece the negated score of the merged
 * token. O(n log n) for n symbols, so that a long run without a word break is no trap, and numbers only for each pair
 * that waits, so that such a run takes some hundred bytes a symbol and no more.
 */
export function mergeSymbols(
  symbols: readonly string[],
  priorityOf: (left: string, right: string) => number | undefined,
): string[] {
  const texts: (string | undefined)[] = [...symbols];
  const previous = symbols.map((_, at) => at - 1);
  /** Where the next symbol is; at the last one `symbols.length`. */
  const next = symbols.map((_, at) => at + 1);
  const waiting = new PairHeap();

  const offer = (left: number): void => {
    const right = next[left] ?? symbols.length;
    const leftText = texts[left];
    const rightText = texts[right];
    if (leftText === undefined || rightText === undefined) return;
    const priority = priorityOf(leftText, rightText);
    if (priority !== undefined) waiting.push({ priority, left, middle: right, end: next[right] ?? symbols.length });
  };

  for (let at = 0; at + 1 < symbols.length; at++) offer(at);
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    const { left, middle, end } = pair;
    const leftText = texts[left];
    const rightText = texts[middle];
    // Symbols only grow: a pair stands as long as both still end where they did.
    if (leftText === undefined || rightText === undefined || next[left] !== middle || next[middle] !== end) continue;
    texts[left] = leftText + rightText;
    texts[middle] = undefined;
    next[left] = end;
    if (end < symbols.length) previous[end] = left;
    const before = previous[left] ?? -1;
    if (before >= 0) offer(before);
    offer(left);
  }
  return texts.filter((text) => text !== undefined);
}

interface Pair {
  readonly priority: number;
  /** Places where the left symbol begins, where the right one does, and where that one ends. */
  readonly left: number;
  readonly middle: number;
  readonly end: number;
}

/** A binary heap of pairs, a column for each of their numbers: objects would take several times the memory. */
class PairHeap {
  readonly #priorities: number[] = [];
  readonly #lefts: number[] = [];
  readonly #middles: number[] = [];
  readonly #ends: number[] = [];

  push(pair: Pair): void {
    let at = this.#priorities.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(pair, parent)) break;
      this.#put(at, this.#get(parent));
      at = parent;
    }
    this.#put(at, pair);
  }

  pop(): Pair | undefined {
    if (this.#priorities.length === 0) return undefined;
    const top = this.#get(0);
    const last = this.#get(this.#priorities.length - 1);
    for (const column of [this.#priorities, this.#lefts, this.#middles, this.#ends]) column.pop();
    const length = this.#priorities.length;
    if (length === 0) return top;
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && this.#isBefore(this.#get(child + 1), child)) child++;
      if (this.#isBefore(last, child)) break;
      this.#put(at, this.#get(child));
      at = child;
    }
    this.#put(at, last);
    return top;
  }

  #get(at: number): Pair {
    const priority = this.#priorities[at] ?? 0;
    return { priority, left: this.#lefts[at] ?? 0, middle: this.#middles[at] ?? 0, end: this.#ends[at] ?? 0 };
  }

  #put(at: number, { priority, left, middle, end }: Pair): void {
    this.#priorities[at] = priority;
    this.#lefts[at] = left;
    this.#middles[at] = middle;
    this.#ends[at] = end;
  }

  #isBefore(pair: Pair, at: number): boolean {
    const priority = this.#priorities[at] ?? 0;
    return pair.priority < priority || (pair.priority === priority && pair.left < (this.#lefts[at] ?? 0));
  }
}

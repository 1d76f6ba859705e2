/** One run of tokens in a `SuffixTrie`. Children are a linked list: nearly every node has a single one. */
export interface TrieNode {
  readonly token: number;
  /** Times that the run occurs. */
  count: number;
  child: TrieNode | undefined;
  sibling: TrieNode | undefined;
}

/**
 * Counts every run of up to `depth` tokens in any number of texts. Adding or removing a token costs `depth` steps.
 * Memory: at most `depth` nodes for each token of text.
 */
export class SuffixTrie {
  readonly #depth: number;
  /** Runs of one token. A map, for there may be as many as tokens in the vocabulary. */
  readonly #roots = new Map<number, TrieNode>();

  constructor(depth: number) {
    this.#depth = depth;
  }

  /** Counts the runs that end with `text[position]`; call it for each position in order. */
  add(text: ArrayLike<number>, position: number): void {
    for (let start = Math.max(0, position - this.#depth + 1); start <= position; start++) {
      const parent = start < position ? this.find(text, start, position) : undefined;
      this.#enter(parent, text[position] ?? 0).count++;
    }
  }

  /** Takes a text that was added back out, and frees the runs that occur nowhere else. */
  remove(text: ArrayLike<number>): void {
    for (let start = 0; start < text.length; start++) {
      let parent: TrieNode | undefined;
      for (let i = start; i < Math.min(text.length, start + this.#depth); i++) {
        const node = this.#step(parent, text[i] ?? 0);
        if (node === undefined) break;
        node.count--;
        if (node.count === 0) {
          // Every run that begins with this one is gone with it: its remaining occurrences were this one.
          this.#unlink(parent, node);
          break;
        }
        parent = node;
      }
    }
  }

  /** The node of `text[start..end)`, or `undefined` when that run does not occur. */
  find(text: ArrayLike<number>, start: number, end: number): TrieNode | undefined {
    let node: TrieNode | undefined;
    for (let i = start; i < end; i++) {
      node = this.#step(node, text[i] ?? 0);
      if (node === undefined) return undefined;
    }
    return node;
  }

  #step(parent: TrieNode | undefined, token: number): TrieNode | undefined {
    if (parent === undefined) return this.#roots.get(token);
    let node = parent.child;
    while (node !== undefined && node.token !== token) node = node.sibling;
    return node;
  }

  #enter(parent: TrieNode | undefined, token: number): TrieNode {
    const known = this.#step(parent, token);
    if (known !== undefined) return known;
    const node: TrieNode = { token, count: 0, child: undefined, sibling: parent?.child };
    if (parent === undefined) this.#roots.set(token, node);
    else parent.child = node;
    return node;
  }

  #unlink(parent: TrieNode | undefined, node: TrieNode): void {
    if (parent === undefined) {
      this.#roots.delete(node.token);
      return;
    }
    if (parent.child === node) {
      parent.child = node.sibling;
      return;
    }
    let before = parent.child;
    while (before !== undefined && before.sibling !== node) before = before.sibling;
    if (before !== undefined) before.sibling = node.sibling;
  }
}

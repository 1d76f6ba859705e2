/** Rows are allocated so many at a time: a drafter that was hardly used holds some 40 KB, not the whole matrix. */
const ROWS_PER_PAGE = 1024;

/** A row's numbers before its successors: how many there are, and the class of its distribution. */
const HEADER = 2;

/** What a token was followed by, likeliest first. */
export interface Successors {
  /** Shape [at most k]. A view that the next `set` may overwrite. */
  readonly tokens: Int32Array;
  /** What `set` was given with them. */
  readonly sharpness: number;
}

/**
 * Adjacency matrix from a token to its likeliest successors, sparse in tokens and bounded in rows: when it is full,
 * the row that was entered first gives way. Memory: 4 x (k + 3) bytes for each row, and 4 bytes for each id up to the
 * highest seen: 2.4 MB for all 49152 tokens with k = 8.
 */
export class SuccessorMatrix {
  readonly #capacity: number;
  readonly #stride: number;
  readonly #pages: Int32Array[] = [];
  /** Slot of each token plus 1, 0 for none. */
  #slots = new Int32Array(1024);
  /** Token of each slot. Shape [slots in use, at most capacity]. */
  #owners = new Int32Array(ROWS_PER_PAGE);
  #entered = 0;

  /** `capacity`: most rows. `k`: most successors of a row. */
  constructor(capacity: number, k: number) {
    this.#capacity = capacity;
    this.#stride = HEADER + k;
  }

  /** Bytes held. */
  get bytes(): number {
    const pages = this.#pages.reduce((sum, page) => sum + page.byteLength, 0);
    return pages + this.#slots.byteLength + this.#owners.byteLength;
  }

  get(token: number): Successors | undefined {
    const slot = (this.#slots[token] ?? 0) - 1;
    if (slot < 0) return undefined;
    const page = this.#pages[Math.floor(slot / ROWS_PER_PAGE)];
    if (page === undefined) return undefined;
    const start = (slot % ROWS_PER_PAGE) * this.#stride;
    const count = page[start] ?? 0;
    return {
      tokens: page.subarray(start + HEADER, start + HEADER + count),
      sharpness: page[start + 1] ?? 0,
    };
  }

  /** Replaces the row of a token. `successors` has at most k tokens, likeliest first; `sharpness` is kept with them. */
  set(token: number, successors: Int32Array, sharpness: number): void {
    const slot = this.#slotOf(token);
    const index = Math.floor(slot / ROWS_PER_PAGE);
    let page = this.#pages[index];
    if (page === undefined) {
      const rows = Math.min(ROWS_PER_PAGE, this.#capacity - index * ROWS_PER_PAGE);
      page = new Int32Array(rows * this.#stride);
      this.#pages[index] = page;
    }
    const start = (slot % ROWS_PER_PAGE) * this.#stride;
    page[start] = successors.length;
    page[start + 1] = sharpness;
    page.set(successors, start + HEADER);
  }

  #slotOf(token: number): number {
    if (token >= this.#slots.length) this.#slots = grown(this.#slots, token + 1);
    const known = (this.#slots[token] ?? 0) - 1;
    if (known >= 0) return known;
    const slot = this.#entered % this.#capacity;
    if (this.#entered >= this.#capacity) this.#slots[this.#owners[slot] ?? 0] = 0;
    if (slot >= this.#owners.length) this.#owners = grown(this.#owners, slot + 1);
    this.#entered++;
    this.#owners[slot] = token;
    this.#slots[token] = slot + 1;
    return slot;
  }
}

/** A copy with room for at least `length` numbers, doubled so that growing one by one stays cheap. */
function grown(numbers: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(length, numbers.length * 2));
  larger.set(numbers);
  return larger;
}

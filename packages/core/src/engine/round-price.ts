/** What a round is made of. */
export interface RoundLoad {
  /** Tokens that its forward scores. */
  readonly rows: number;
  readonly sequences: number;
  /** Tokens that its sequences have in the KV cache, all together. */
  readonly context: number;
}

export const NO_LOAD: RoundLoad = { rows: 0, sequences: 0, context: 0 };

/** How much of the past is left after a round: some hundred rounds count. */
const KEPT = 0.99;
/** Of the weight of what was measured: what rounds never differed in is taken to cost as much as everything else. */
const RIDGE = 0.003;

const PARTS: readonly ((load: RoundLoad) => number)[] = [
  () => 1,
  ({ rows }) => rows,
  ({ sequences }) => sequences,
  // Thousands, so that all parts are of about the same size.
  ({ context }) => context / 1024,
];

/**
 * What a round takes, learned from the engine's own rounds: so much in any case, and so much for each row, sequence and
 * token of context. Fitted by least squares of relative errors, where later rounds count more.
 */
export class RoundPrice {
  /** Normal equations: sums of products of the parts with each other, and with the milliseconds. */
  readonly #products = PARTS.map(() => PARTS.map(() => 0));
  readonly #sums = PARTS.map(() => 0);
  #prices: readonly number[] | undefined = [0, 1, 0, 0];

  observe(load: RoundLoad, milliseconds: number): void {
    if (!(milliseconds > 0)) return;
    const parts = PARTS.map((part) => part(load) / milliseconds);
    for (const [i, one] of parts.entries()) {
      this.#sums[i] = KEPT * (this.#sums[i] ?? 0) + one;
      const row = this.#products[i];
      for (const [j, other] of parts.entries()) if (row) row[j] = KEPT * (row[j] ?? 0) + one * other;
    }
    this.#prices = undefined;
  }

  /** Milliseconds; before any round was seen, rows. */
  of(load: RoundLoad): number {
    const prices = this.#fit();
    return PARTS.reduce((sum, part, i) => sum + part(load) * (prices[i] ?? 0), 0);
  }

  /** Rows that may be added to a round so that it takes no longer. Not below 0. */
  rowsWithin(load: RoundLoad, milliseconds: number): number {
    const row = this.of({ ...load, rows: load.rows + 1 }) - this.of(load);
    const rest = milliseconds - this.of(load);
    if (rest <= 0) return 0;
    return row > 0 ? Math.floor(rest / row) : Number.POSITIVE_INFINITY;
  }

  #fit(): readonly number[] {
    this.#prices ??= solve(this.#products, this.#sums);
    return this.#prices;
  }
}

/** Prices that fit best, none below 0. */
function solve(products: readonly (readonly number[])[], sums: readonly number[]): number[] {
  const ridge = RIDGE * (products[0]?.[0] ?? 0);
  let free = sums.map((_, i) => i);
  for (;;) {
    const prices = sums.map(() => 0);
    const solved = eliminate(
      free.map((i) => free.map((j) => (products[i]?.[j] ?? 0) + (i === j ? ridge : 0))),
      free.map((i) => sums[i] ?? 0),
    );
    for (const [place, i] of free.entries()) prices[i] = solved[place] ?? 0;
    const kept = free.filter((i) => (prices[i] ?? 0) > 0);
    if (kept.length === free.length) return prices;
    free = kept;
  }
}

/** Gauss-Jordan elimination; the matrix is symmetric and positive definite, so that no pivot is 0. */
function eliminate(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  for (const [i, pivotRow] of rows.entries()) {
    const pivot = pivotRow[i] ?? 1;
    for (const [j, row] of rows.entries()) {
      if (j === i) continue;
      const factor = (row[i] ?? 0) / pivot;
      for (let k = i; k < row.length; k++) row[k] = (row[k] ?? 0) - factor * (pivotRow[k] ?? 0);
    }
  }
  return rows.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}

/** Discounted sums of drafting times over rounds, as saved: of 1, n, n², t and n·t for n guessed tokens in t milliseconds. */
export interface DraftCostState {
  readonly rounds: number;
  readonly nodes: number;
  readonly squares: number;
  readonly milliseconds: number;
  readonly products: number;
}

/** Rounds after which one weighs 1/e. */
const WINDOW = 40;
/** Spread of n, in rounds x tokens², below which a time is taken to be proportional to n. */
const RIDGE = 4;
/** A reading counts at most as this many times what was expected: a pause of the process is no price of drafting. */
const CLIP = 3;
/** Milliseconds that are never clipped: below this, timers are coarse. */
const COARSE = 0.05;

/** What asking a drafter costs: a part per round, hit or miss, and a part per guessed token (least squares). */
export class DraftCost {
  #sums: DraftCostState;

  constructor(state?: DraftCostState) {
    this.#sums = state ?? { rounds: 0, nodes: 0, squares: 0, milliseconds: 0, products: 0 };
  }

  observe(nodes: number, milliseconds: number): void {
    if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY && nodes >= 0 && nodes < 1e6)) return;
    const discount = Math.exp(-1 / WINDOW);
    const { base, perNode } = this.price();
    const known = this.#sums.rounds > 1;
    const time = known ? Math.min(milliseconds, CLIP * (base + perNode * nodes) + COARSE) : milliseconds;
    const { rounds, nodes: n, squares, milliseconds: t, products } = this.#sums;
    this.#sums = {
      rounds: rounds * discount + 1,
      nodes: n * discount + nodes,
      squares: squares * discount + nodes * nodes,
      milliseconds: t * discount + time,
      products: products * discount + nodes * time,
    };
  }

  /** Milliseconds of a round and of each guessed token; 0 while unknown. */
  price(): { readonly base: number; readonly perNode: number } {
    const { rounds, nodes, squares, milliseconds, products } = this.#sums;
    if (rounds === 0) return { base: 0, perNode: 0 };
    const covariance = products - (nodes * milliseconds) / rounds;
    const variance = Math.max(0, squares - (nodes * nodes) / rounds);
    const proportional = nodes > 0 ? milliseconds / nodes : 0;
    const slope = (covariance + RIDGE * proportional) / (variance + RIDGE);
    const perNode = Math.min(Math.max(0, slope), proportional);
    return { base: Math.max(0, (milliseconds - perNode * nodes) / rounds), perNode };
  }

  save(): DraftCostState {
    return { ...this.#sums };
  }
}

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
/**
 * A first reading counts at most as this share of a forward. Code that runs for the first time takes many times as long
 * as ever after; what is really dear is known to be so after a few more.
 */
const FIRST_SHARE = 0.1;
/** Rounds that a price must have been seen in to be believed half. */
const HALF_BELIEVED = 4;
/** Forwards after which what was seen counts 1/e: what is not asked for may have become cheaper. */
const AGEING = 500;
/** Rounds of which so few are left are forgotten: nothing can be divided by them. */
const FORGOTTEN = 1e-9;

/** Milliseconds of a round in which a drafter is asked, and of each guessed token. */
export interface DraftPrice {
  readonly base: number;
  readonly perNode: number;
}

/** What asking a drafter costs: a part per round, hit or miss, and a part per guessed token (least squares). */
export class DraftCost {
  #sums: DraftCostState;

  constructor(state?: DraftCostState) {
    this.#sums = state ?? { rounds: 0, nodes: 0, squares: 0, milliseconds: 0, products: 0 };
  }

  /** `forward`: milliseconds of the forward that scored the guesses. */
  observe(nodes: number, milliseconds: number, forward: number): void {
    if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY && nodes >= 0 && nodes < 1e6)) return;
    const { base, perNode } = this.price();
    const expected = this.#sums.rounds === 0 ? FIRST_SHARE * forward : CLIP * (base + perNode * nodes);
    const time = Math.min(milliseconds, Math.max(0, expected) + COARSE);
    this.#discount(Math.exp(-1 / WINDOW));
    const { rounds, nodes: n, squares, milliseconds: t, products } = this.#sums;
    this.#sums = {
      rounds: rounds + 1,
      nodes: n + nodes,
      squares: squares + nodes * nodes,
      milliseconds: t + time,
      products: products + nodes * time,
    };
  }

  /** A forward passed. The price stays; how much it is believed does not. */
  age(): void {
    this.#discount(Math.exp(-1 / AGEING));
  }

  /** What to hope for: the less was seen of a price, the less of it. */
  hopedPrice(): DraftPrice {
    const { base, perNode } = this.price();
    const believed = this.#sums.rounds / (this.#sums.rounds + HALF_BELIEVED);
    return { base: believed * base, perNode: believed * perNode };
  }

  /** 0 while unknown. */
  price(): DraftPrice {
    const { rounds, nodes, squares, milliseconds, products } = this.#sums;
    if (rounds < FORGOTTEN) return { base: 0, perNode: 0 };
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

  #discount(factor: number): void {
    const { rounds, nodes, squares, milliseconds, products } = this.#sums;
    this.#sums = {
      rounds: factor * rounds,
      nodes: factor * nodes,
      squares: factor * squares,
      milliseconds: factor * milliseconds,
      products: factor * products,
    };
  }
}

/** What a kind of round brings and takes in the mean. */
export interface MeanRound {
  /** The target's own token included. */
  readonly tokens: number;
  /** Guesses that the target scores. */
  readonly nodes: number;
  /** Passes of a costly drafter. */
  readonly passes: number;
}

/** Rounds that the prior counts for. */
const PRIOR_ROUNDS = 3;

/** A mean that follows the latest rounds, starting from a prior. */
export class Yield implements MeanRound {
  readonly #prior: MeanRound;
  readonly #memory: number;
  readonly #optimism: number;
  #rounds = 0;
  #sums: MeanRound = { tokens: 0, nodes: 0, passes: 0 };

  /** A round weighs 1/e after `memory` others. `optimism`: tokens that it is taken to bring beyond the prior. */
  constructor(prior: MeanRound, memory: number, optimism = 0) {
    this.#prior = prior;
    this.#memory = memory;
    this.#optimism = optimism;
  }

  get tokens(): number {
    return this.#mean('tokens', this.#optimism);
  }

  get nodes(): number {
    return this.#mean('nodes');
  }

  get passes(): number {
    return this.#mean('passes');
  }

  add({ tokens, nodes, passes }: MeanRound): void {
    const kept = 1 - 1 / this.#memory;
    const { tokens: allTokens, nodes: allNodes, passes: allPasses } = this.#sums;
    this.#rounds = this.#rounds * kept + 1;
    this.#sums = {
      tokens: allTokens * kept + tokens,
      nodes: allNodes * kept + nodes,
      passes: allPasses * kept + passes,
    };
  }

  #mean(part: keyof MeanRound, more = 0): number {
    return (this.#sums[part] + PRIOR_ROUNDS * (this.#prior[part] + more)) / (this.#rounds + PRIOR_ROUNDS);
  }
}

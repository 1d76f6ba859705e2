import { type RoundCost, type RoundForecast, rateOf } from './estimate/drafter-estimate.js';

/** What a round costs by the rows of one sequence, and what the others in it bring meanwhile. */
export class RoundPrice implements RoundCost {
  readonly following: number;
  /** Expected tokens of the other sequences in the round. */
  readonly tokensOfOthers: number;
  /** Tokens per millisecond of all sequences when this one guesses nothing. */
  readonly standardRate: number;
  readonly #cost: (rows: number) => number;

  /** `cost`: milliseconds of the round when this sequence has so many rows, its guesses and one more. */
  constructor({ cost, following, tokensOfOthers }: RoundCost & { readonly tokensOfOthers: number }) {
    this.#cost = cost;
    this.following = following;
    this.tokensOfOthers = tokensOfOthers;
    this.standardRate = (1 + tokensOfOthers) / cost(1);
  }

  get cost(): (rows: number) => number {
    return this.#cost;
  }

  /** Tokens per millisecond of all sequences together. */
  totalRate({ tokens, milliseconds }: RoundForecast): number {
    return rateOf({ tokens: tokens + this.tokensOfOthers, milliseconds });
  }

  /**
   * What a sequence's plan makes of the speed of all, seen from its own share: a plan that makes all of 16 sequences
   * 1 % faster is worth as much as one that makes a sequence alone 16 % faster. Thus a gain is as large a share of this
   * in a batch as alone; more than standard means that all together become faster.
   */
  rate(forecast: RoundForecast): number {
    return this.standardRate + (1 + this.tokensOfOthers) * (this.totalRate(forecast) - this.standardRate);
  }
}

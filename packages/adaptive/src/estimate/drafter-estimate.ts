import type { RoundOutcome } from '@foretoken/core';
import { AcceptanceEstimate, type AcceptanceState } from './acceptance-estimate.js';
import { ChangeDetector } from './change-detector.js';
import { DraftCost, type DraftCostState } from './draft-cost.js';
import { Persistence, type PersistenceState } from './persistence.js';
import type { DepthForecast } from './survival.js';

/** What is known of one drafter at one width, as saved. */
export interface DrafterState {
  readonly acceptance: AcceptanceState;
  readonly draftCost: DraftCostState;
  readonly persistence: PersistenceState;
  /** Mean guesses of a depth that has any. */
  readonly nodesPerDepth: number;
}

/** What a round is expected to take and bring. */
export interface RoundForecast {
  /** Emitted tokens. */
  readonly tokens: number;
  readonly milliseconds: number;
}

/** What a round costs a sequence. */
export interface RoundCost {
  /** Milliseconds of the round with so many rows of this sequence. */
  readonly cost: (rows: number) => number;
  /** Milliseconds that drafters take to follow a round in which none is asked. */
  readonly following: number;
}

/** A draft that a drafter may be asked for, and what to expect of it. */
export interface DraftForecast extends RoundForecast {
  readonly depth: number;
  readonly minimumConfidence: number;
}

/** What is assumed of a drafter that was never asked: it guesses, and more often right than wrong. */
const UNKNOWN_DRAFTER: DepthForecast = { proposed: 1, accepted: 0.6 };
/** Share of what a narrower tree misses that a wider one is assumed to hit while unknown, so that it is tried where rows are free. */
const WIDER = 0.3;
/** Rounds that the past counts for when guesses suddenly survive otherwise. */
const AFTER_CHANGE = 2;
/** Weight of the newest round in the mean of guesses per depth. */
const SMOOTHING = 0.1;

/** Acceptance and price of one drafter at one width. */
export class DrafterEstimate {
  readonly acceptance: AcceptanceEstimate;
  readonly #draftCost: DraftCost;
  readonly #persistence: Persistence;
  readonly #changes = new ChangeDetector();
  readonly #width: number;
  readonly #narrower: DrafterEstimate | undefined;
  readonly #population: DrafterEstimate | undefined;
  #nodesPerDepth: number;

  /**
   * `narrower`: the same drafter at the next smaller width: what is assumed of this one while unknown follows from it.
   * `population`: the same drafter and width in all sequences: what is assumed of it in this one, once it was seen, and
   * where its prices are learned.
   */
  constructor(
    options: {
      readonly window: number;
      readonly floor: number;
      readonly width: number;
      readonly narrower: DrafterEstimate | undefined;
      readonly population?: DrafterEstimate | undefined;
    },
    state?: DrafterState,
  ) {
    this.#population = options.population;
    const population = options.population?.acceptance;
    this.acceptance = new AcceptanceEstimate({ ...options, population }, state?.acceptance);
    this.#draftCost = new DraftCost(state?.draftCost);
    this.#persistence = new Persistence(state?.persistence);
    this.#width = options.width;
    this.#narrower = options.narrower;
    this.#nodesPerDepth = state?.nodesPerDepth ?? options.width;
  }

  /** Says whether its guesses have lately survived much better or worse than expected. */
  observe(outcome: RoundOutcome): 'none' | 'better' | 'worse' {
    const { perDepth, drafted, accepted } = outcome;
    const change = this.#changes.observe(this.#expected(outcome));
    if (change !== 'none') this.acceptance.forget(AFTER_CHANGE);
    if (this.#population === undefined) this.#absorb(outcome);
    else {
      this.acceptance.observe(outcome);
      this.#population.#absorb(outcome);
    }
    this.#persistence.observe({ drafted, accepted, whole: accepted > 0 && accepted >= perDepth.length });
    return change;
  }

  /**
   * What to expect of a draft of each depth and least confidence. `assumed`: acceptance to take for given in place of
   * what was seen, and with it a price that few rounds have shown for lower.
   */
  forecasts(depths: readonly number[], round: RoundCost, assumed?: number): DraftForecast[] {
    const { cost, following } = round;
    const deepest = depths.at(-1) ?? 0;
    const shared = this.#population ?? this;
    const { base, perNode } = assumed === undefined ? shared.#draftCost.price() : shared.#draftCost.hopedPrice();
    const asking = Math.max(0, base - following);
    const nodesPerDepth = shared.#nodesPerDepth;
    const minima = assumed === undefined ? this.acceptance.minima : this.acceptance.minima.slice(0, 1);
    return minima.flatMap((minimumConfidence, level) => {
      const perDepth = assumed === undefined ? this.#perDepth(deepest, level) : [];
      const found: DraftForecast[] = [];
      let [first, length, passed, tokens, milliseconds] = [0, 1, 1, 1, cost(1) + asking];
      for (let depth = 1; depth <= deepest; depth++) {
        const { proposed, accepted } = perDepth[depth - 1] ?? { proposed: 1, accepted: assumed ?? 0 };
        length *= proposed;
        passed *= proposed * accepted;
        if (depth === 1) first = passed;
        tokens += passed;
        // Only a draft that got so long pays for the further rows.
        const rows = 1 + depth * nodesPerDepth;
        milliseconds += length * (cost(rows) - cost(rows - nodesPerDepth) + perNode * nodesPerDepth);
        if (!depths.includes(depth)) continue;
        const share = this.#persistence.correction(first, tokens - 1);
        found.push({ depth, minimumConfidence, tokens: 1 + (tokens - 1) * share, milliseconds });
      }
      return found;
    });
  }

  /** A forward passed, whoever was asked in it. */
  age(): void {
    this.#draftCost.age();
  }

  save(): DrafterState {
    return {
      acceptance: this.acceptance.save(),
      draftCost: this.#draftCost.save(),
      persistence: this.#persistence.save(),
      nodesPerDepth: this.#nodesPerDepth,
    };
  }

  /** What holds of the drafter whichever sequence it guesses for; content that differs between them is no change. */
  #absorb(outcome: RoundOutcome): void {
    const { perDepth, drafted, milliseconds } = outcome;
    this.acceptance.observe(outcome);
    this.#draftCost.observe(drafted, milliseconds.draft, milliseconds.forward);
    const mean = drafted / perDepth.length;
    if (mean >= 1 && mean <= this.#width) this.#nodesPerDepth += SMOOTHING * (mean - this.#nodesPerDepth);
  }

  /** The judged guesses of a round, with the acceptance that was expected of each. */
  #expected({ plan, perDepth, accepted, emitted }: RoundOutcome): { accepted: boolean; expected: number }[] {
    if (plan.kind === 'standard' || emitted <= accepted) return [];
    const first = perDepth.findIndex((depth) => !depth.accepted);
    const judged = perDepth.slice(0, first === -1 ? perDepth.length : first + 1);
    const forecast = this.#perDepth(judged.length, this.acceptance.levelOf(plan.minimumConfidence));
    return judged.map((depth, index) => ({ accepted: depth.accepted, expected: forecast[index]?.accepted ?? 0.5 }));
  }

  #perDepth(depths: number, level: number): DepthForecast[] {
    const population = this.#population?.acceptance.wasSeen ? this.#population.#perDepth(depths, level) : undefined;
    const narrower = this.#narrower?.acceptance.forecast(depths, level, () => UNKNOWN_DRAFTER) ?? [];
    return this.acceptance.forecast(depths, level, (depth) => {
      if (population !== undefined) return population[depth] ?? UNKNOWN_DRAFTER;
      const { proposed, accepted } = narrower[depth] ?? UNKNOWN_DRAFTER;
      return this.#narrower === undefined ? UNKNOWN_DRAFTER : { proposed, accepted: accepted + WIDER * (1 - accepted) };
    });
  }
}

/** Tokens per millisecond. */
export function rateOf({ tokens, milliseconds }: RoundForecast): number {
  return tokens / milliseconds;
}

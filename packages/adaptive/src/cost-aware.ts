import type { DraftController, DraftPlan, RoundOutcome, RoundSituation } from '@foretoken/core';
import { type CostAwareOptions, checkCostAwareOptions } from './cost-aware-options.js';
import { type CostAwareState, parseCostAwareState } from './cost-aware-state.js';
import { CostEstimate } from './estimate/cost-estimate.js';
import { rateOf } from './estimate/drafter-estimate.js';
import { DrafterEstimates } from './estimate/drafter-estimates.js';
import { ExplorationBudget } from './exploration-budget.js';
import { type Candidate, type Draft, decide, same } from './plan-search.js';

/** A controller whose knowledge can be carried to the next sequence or process. */
export interface CostAwareController extends DraftController {
  /**
   * A controller of one sequence among any number that run at once: what was learned is shared with all others made
   * here, the plan in use is its own. It needs no closing.
   */
  forSequence(): DraftController;
  /** All that was learned, as plain JSON. */
  save(): CostAwareState;
  /** Continues from a saved state. Throws `ControllerOptionError` for anything else, and then changes nothing. */
  load(state: unknown): void;
}

/** A draft to be looked at, `undefined` for standard decoding. `key` names what is learned by it. */
interface Look {
  readonly key: string;
  readonly draft: Draft | undefined;
}

/** Acceptance that would have to be possible for a look to be worth it, and the depth of a look. */
const HOPED_ACCEPTANCE = 0.8;
const LOOK_DEPTH = 2;
/** Tokens that must still come for a look to pay back. */
const LEAST_HORIZON = 16;
/** Plans are weighed against each other every so many rounds: within them little is learned. */
const WEIGHING_INTERVAL = 3;
/** Rounds that the past of a drafter out of use still counts for. */
const STALE_EVIDENCE = 4;

/**
 * Picks the plan with the highest expected tokens per second, standard decoding included, from the measured cost of
 * forwards and drafts and a censoring-aware estimate of acceptance per drafter, depth and confidence. The objective is
 * that of "goodput" in TurboSpec / SmartSpec (Liu et al., "Optimizing Speculative Decoding for Serving Large Language
 * Models Using Goodput", 2024). It changes plans for an expected gain only, and not before a dwell; it looks at drafts
 * out of use within a budget of time, and only where they could make up for the cost. The more sequences share a
 * forward, the fewer tokens it guesses for each, down to none.
 *
 * Useful wherever the content, the drafters or the machine are not known beforehand. May serve several generations one
 * after another, and then goes on with what it has learned.
 *
 * Throws `ControllerOptionError` for options out of range.
 *
 * @example
 * ```ts
 * import { costAware } from '@foretoken/adaptive';
 *
 * const controller = costAware({ calibration: [{ tokens: 1, milliseconds: 44 }, { tokens: 8, milliseconds: 60 }] });
 * const plan = controller.plan({ drafters: ['suffix'], contextLength: 9, remainingTokens: 100, activeSequences: 1 });
 * console.log(plan.kind); // 'speculate'
 * ```
 */
export function costAware(options: CostAwareOptions = {}): CostAwareController {
  return new CostAware(options);
}

class CostAware implements CostAwareController {
  readonly name = 'costAware';
  readonly #options: Required<CostAwareOptions>;
  #cost: CostEstimate;
  #drafters: DrafterEstimates;
  readonly #budget: ExplorationBudget;
  #present: Draft | undefined;
  #rounds = Number.POSITIVE_INFINITY;
  #weighed: { readonly situation: string; rounds: number } | undefined;
  /** Set between `plan` and `observe` of a look: tokens per millisecond of the plan in use, and most that a look may take. */
  #looking: { readonly rate: number; readonly mostMilliseconds: number } | undefined;

  constructor(options: CostAwareOptions) {
    this.#options = checkCostAwareOptions(options);
    this.#cost = new CostEstimate(this.#options.calibration);
    this.#drafters = new DrafterEstimates(this.#options);
    this.#budget = new ExplorationBudget(this.#options.exploration);
  }

  forSequence(): DraftController {
    const controller = new CostAware(this.#options);
    controller.#cost = this.#cost;
    return controller;
  }

  plan(situation: RoundSituation): DraftPlan {
    this.#looking = undefined;
    const { activeSequences, remainingTokens, contextLength, drafters } = situation;
    const nodes = Math.floor(this.#options.nodesInFlight / activeSequences);
    const room = Math.min(nodes, remainingTokens - 1);
    if (!(room >= 1)) return { kind: 'standard' };
    if (!this.#isDue(situation, nodes)) return planOf(this.#present, room);
    const cost = this.#cost.perSequence({ activeSequences, contextLength });
    const candidates = this.#candidates(drafters, nodes, cost);
    const standard = 1 / cost(1);
    this.#decide(candidates, standard);
    const look =
      remainingTokens >= LEAST_HORIZON && this.#budget.due ? this.#look(candidates, cost, situation) : undefined;
    if (look === undefined) return planOf(this.#present, room);
    // A pause of the process during a look is not the look's price.
    const mostMilliseconds = 2 * (forecastOf(look.draft, candidates)?.milliseconds ?? 1 / standard);
    this.#looking = { rate: this.#presentRate(candidates, standard), mostMilliseconds };
    return planOf(look.draft, room);
  }

  observe(outcome: RoundOutcome): void {
    const { plan, drafted, accepted, emitted, milliseconds, activeSequences, contextLength } = outcome;
    const forward = milliseconds.forward + milliseconds.verify;
    this.#cost.observe({ tokens: 1 + drafted, activeSequences, contextLength }, forward);
    this.#rounds++;
    if (this.#weighed !== undefined) this.#weighed.rounds++;
    if (plan.kind === 'speculate' && this.#drafters.of(plan.drafter, plan.width).observe(outcome) === 'worse') {
      this.#drafters.soften(STALE_EVIDENCE, plan.drafter);
      this.#budget.hurry();
      this.#weighed = undefined;
    }
    const total = forward + milliseconds.draft;
    if (this.#looking === undefined) {
      this.#budget.save(total, this.#cost.milliseconds({ tokens: 1, activeSequences, contextLength }));
    } else {
      const { rate, mostMilliseconds } = this.#looking;
      const spent = { tokens: emitted, milliseconds: Math.min(total, mostMilliseconds) };
      this.#budget.spend(spent, rate, accepted > 0);
    }
    this.#looking = undefined;
  }

  save(): CostAwareState {
    return { version: 1, cost: this.#cost.save(), drafters: this.#drafters.save() };
  }

  load(state: unknown): void {
    const { cost, drafters } = parseCostAwareState(state);
    this.#cost = new CostEstimate(this.#options.calibration, cost);
    this.#drafters = new DrafterEstimates(this.#options, drafters);
    this.#present = undefined;
    this.#rounds = Number.POSITIVE_INFINITY;
    this.#looking = undefined;
    this.#weighed = undefined;
    this.#budget.hurry();
  }

  /** Whether the plans are to be weighed this round, or the one in use goes on. */
  #isDue({ drafters, activeSequences }: RoundSituation, nodes: number): boolean {
    const situation = JSON.stringify([drafters, activeSequences, nodes]);
    const weighed = this.#weighed;
    const unchanged = weighed?.situation === situation && weighed.rounds < WEIGHING_INTERVAL;
    if (unchanged && !this.#budget.due) return false;
    this.#weighed = { situation, rounds: 0 };
    return true;
  }

  #candidates(drafters: readonly string[], nodes: number, cost: (rows: number) => number): Candidate[] {
    return drafters.flatMap((drafter) =>
      this.#options.widths.flatMap((width) => {
        const depths = this.#options.depths.filter((depth) => depth * width <= nodes);
        const forecasts = this.#drafters.of(drafter, width).forecasts(depths, cost);
        // Written out: a spread took a third of a round's whole time here.
        return forecasts.map(({ depth, minimumConfidence, tokens, milliseconds }) => ({
          drafter,
          width,
          depth,
          minimumConfidence,
          tokens,
          milliseconds,
        }));
      }),
    );
  }

  #decide(candidates: readonly Candidate[], standard: number): void {
    const choice = { candidates, standard, present: this.#present, rounds: this.#rounds };
    const decision = decide(choice, this.#options);
    if (decision.kind === 'stay') return;
    const { to, contentChanged } = decision;
    if (contentChanged) this.#drafters.soften(STALE_EVIDENCE, this.#present?.drafter);
    if (contentChanged) this.#budget.hurry();
    else this.#budget.stop();
    this.#present = to;
    this.#rounds = 0;
  }

  /** A short draft out of use, when it could pay back and its price was saved up. */
  #look(candidates: readonly Candidate[], cost: (rows: number) => number, situation: RoundSituation): Look | undefined {
    const rate = this.#presentRate(candidates, 1 / cost(1));
    const wanted = rate * (1 + this.#options.hysteresis);
    const looks: Look[] = [
      ...this.#neighbours(candidates, this.#cost.knowsStandard(situation)),
      ...this.#otherDrafters(candidates, cost, wanted),
    ];
    const look = this.#budget.pick(looks);
    if (look === undefined) return undefined;
    const { draft, key } = look;
    const forecast = draft === undefined ? { tokens: 1, milliseconds: cost(1) } : forecastOf(draft, candidates);
    if (forecast === undefined || !this.#budget.affords(forecast.milliseconds - forecast.tokens / rate))
      return undefined;
    const inUse = draft?.drafter === this.#present?.drafter && draft?.width === this.#present?.width;
    if (draft !== undefined && !inUse && !this.#budget.isUnderWay(key)) {
      this.#drafters.of(draft.drafter, draft.width).acceptance.soften(STALE_EVIDENCE);
    }
    this.#budget.begin(key, { subjects: looks.length, idle: this.#present === undefined });
    return look;
  }

  /** A short draft by each drafter and width out of use that would be faster than what is in use if it guessed well. */
  #otherDrafters(candidates: readonly Candidate[], cost: (rows: number) => number, wanted: number): Look[] {
    const seen = new Map<string, Look>();
    for (const { drafter, width } of candidates) {
      const key = `${width}:${drafter}`;
      const inUse = drafter === this.#present?.drafter && width === this.#present.width;
      if (inUse || seen.has(key)) continue;
      const own = candidates.filter((candidate) => candidate.drafter === drafter && candidate.width === width);
      const depths = [...new Set(own.map(({ depth }) => depth))];
      const hoped = this.#drafters.of(drafter, width).forecasts(depths, cost, HOPED_ACCEPTANCE);
      const short = own.filter(({ depth }) => depth <= LOOK_DEPTH).at(-1) ?? own[0];
      if (short === undefined || !hoped.some((forecast) => rateOf(forecast) > wanted)) continue;
      const minimumConfidence = own[0]?.minimumConfidence ?? 0;
      seen.set(key, { key, draft: { drafter, width, depth: short.depth, minimumConfidence } });
    }
    return [...seen.values()];
  }

  /**
   * What is never learned of the draft in use: how fast the target is without it, what one more step of depth would
   * bring, and what the guesses below its least confidence are worth.
   */
  #neighbours(candidates: readonly Candidate[], knowsStandard: boolean): Look[] {
    const present = this.#present;
    if (present === undefined) return [];
    const own = candidates.filter(({ drafter, width }) => drafter === present.drafter && width === present.width);
    const deeper = own.find(
      ({ depth, minimumConfidence }) => depth > present.depth && minimumConfidence === present.minimumConfidence,
    );
    // Half as sure, so that a minimum that was set too high by chance is left in a few looks.
    const lessSure = own
      .filter(
        ({ depth, minimumConfidence }) => depth === present.depth && minimumConfidence < present.minimumConfidence,
      )
      .filter(({ minimumConfidence }, index) => index === 0 || minimumConfidence <= present.minimumConfidence / 2)
      .at(-1);
    return [
      ...(knowsStandard ? [] : [{ key: 'standard', draft: undefined }]),
      ...(deeper === undefined ? [] : [{ key: 'deeper', draft: draftOf(deeper) }]),
      ...(lessSure === undefined ? [] : [{ key: 'less sure', draft: draftOf(lessSure) }]),
    ];
  }

  #presentRate(candidates: readonly Candidate[], standard: number): number {
    const inUse = forecastOf(this.#present, candidates);
    return inUse === undefined ? standard : rateOf(inUse);
  }
}

function forecastOf(draft: Draft | undefined, candidates: readonly Candidate[]): Candidate | undefined {
  return draft && candidates.find((candidate) => same(candidate, draft));
}

function draftOf({ drafter, width, depth, minimumConfidence }: Draft): Draft {
  return { drafter, width, depth, minimumConfidence };
}

function planOf(draft: Draft | undefined, room: number): DraftPlan {
  if (draft === undefined) return { kind: 'standard' };
  const { drafter, width, minimumConfidence } = draft;
  const depth = Math.min(draft.depth, room);
  return { kind: 'speculate', drafter, depth, width, nodes: depth * width, minimumConfidence };
}

import type { DraftController, DraftPlan, RoundOutcome, RoundSituation } from '@foretoken/core';
import { type CostAwareOptions, checkCostAwareOptions } from './cost-aware-options.js';
import { type CostAwareState, parseCostAwareState } from './cost-aware-state.js';
import { DrafterEstimates } from './estimate/drafter-estimates.js';
import { SequenceController } from './sequence-controller.js';
import { SharedKnowledge } from './shared-knowledge.js';

/** A controller whose knowledge can be carried to the next sequence or process. */
export interface CostAwareController extends DraftController {
  /**
   * A controller of one sequence among any number that run at once: what was learned is shared with all others made
   * here, the plan in use is its own. It needs no closing.
   */
  forSequence(): DraftController;
  /** What was learned of forwards and drafters, as plain JSON. What a few rounds show again is left out. */
  save(): CostAwareState;
  /** Continues from a saved state. Throws `ControllerOptionError` for anything else, and then changes nothing. */
  load(state: unknown): void;
}

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
  readonly #shared: SharedKnowledge;
  #own: SequenceController;

  constructor(options: CostAwareOptions) {
    this.#shared = new SharedKnowledge(checkCostAwareOptions(options));
    this.#own = new SequenceController(this.#shared, this.#shared.drafters);
  }

  forSequence(): DraftController {
    const population = this.#shared.drafters;
    return new SequenceController(this.#shared, new DrafterEstimates(this.#shared.options, { population }));
  }

  plan(situation: RoundSituation): DraftPlan {
    return this.#own.plan(situation);
  }

  observe(outcome: RoundOutcome): void {
    this.#own.observe(outcome);
  }

  save(): CostAwareState {
    return this.#shared.save();
  }

  load(state: unknown): void {
    this.#shared.load(parseCostAwareState(state));
    this.#own = new SequenceController(this.#shared, this.#shared.drafters);
  }
}

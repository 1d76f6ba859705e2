import type {
  DraftAsk,
  DraftController,
  DrafterProposal,
  DraftPlan,
  GatherPlan,
  NodeChoice,
  NodeChooser,
  RoundOutcome,
  RoundSituation,
  WeighedRound,
  WeighedTree,
} from '@foretoken/core';
import { requireFractions, requireIntegers } from '../option-checks.js';
import { Acceptance } from './acceptance.js';
import { bestNodes, chooseNodes } from './choose-nodes.js';
import { CostlyDrafter, CostlyPrice } from './costly-drafter.js';
import { Evidence } from './evidence.js';
import { mergeProposals } from './merge-proposals.js';
import { type CalibrationPoint, PassPrice } from './pass-price.js';
import { SequenceAcceptance } from './sequence-acceptance.js';

/** What the planner starts from. */
export interface PlannerOptions {
  /** Forwards that were measured before, such as `calibrateForwards` gives. @default a usual shape is assumed */
  readonly calibration?: readonly CalibrationPoint[];
}

/** Limits of one sequence's guesses. */
export interface SequenceLimits {
  /** Longest path to guess, in tokens. Integer >= 1. @default 24 */
  readonly maximumDepth?: number;
  /** Most children of a node that a drafter is asked for. Integer >= 1. @default 4 */
  readonly width?: number;
  /** Nodes less likely to be accepted than this are not sent, even where they would pay. In [0, 1]. @default 0 */
  readonly minimumSurvival?: number;
}

/** One planner for all sequences of a model. */
export interface Planner {
  /** The controller of one sequence. */
  forSequence(limits?: SequenceLimits): DraftController;
}

/**
 * A guess never pays that is less likely than its row's share of a pass. Drafters are asked for half as likely ones, since
 * what they say of themselves may be that wrong, within these bounds.
 */
const LEAST_CONFIDENCE = [0.01, 0.1] as const;
const MOST_NODES = 48;
/** A path is asked for this much beyond twice the longest that was of use lately. */
const SPARE_DEPTH = 6;

/**
 * Sends the guesses that are expected to give the most tokens a second (goodput). Every round all free drafters
 * propose; their trees are merged, each node gets the probability that it survives, and nodes are taken in that order
 * while (1 + their sum) / (price of the pass + price of drafting) rises. Depth, width, no guesses at all and fewer
 * under load follow from this one rule. A costly drafter is asked only where that pays.
 *
 * What was proposed is held against the text whether it was sent or not, so every round teaches and nothing has to be
 * explored. Useful always; it has nothing to tune.
 *
 * `forSequence` throws `ControllerOptionError` for limits out of range.
 *
 * @example
 * ```ts
 * import { planner } from '@foretoken/adaptive';
 *
 * const shared = planner({ calibration: [{ tokens: 1, milliseconds: 36 }, { tokens: 8, milliseconds: 55 }] });
 * const situation = { drafters: ['lookup'], contextLength: 9, remainingTokens: 100, activeSequences: 1 };
 * console.log(shared.forSequence().plan(situation).kind); // 'gather'
 * ```
 */
export function planner(options: PlannerOptions = {}): Planner {
  const shared = new SharedPlanner(options.calibration ?? []);
  const forSequence = ({ maximumDepth = 24, width = 4, minimumSurvival = 0 }: SequenceLimits = {}): DraftController => {
    requireIntegers({ maximumDepth, width });
    requireFractions({ minimumSurvival });
    return new SequencePlanner(shared, { maximumDepth, width, minimumSurvival });
  };
  return { forSequence };
}

class SharedPlanner implements NodeChooser {
  readonly acceptance = new Acceptance();
  readonly price: PassPrice;
  /** Free drafters leave out what they hold for less likely. */
  readonly leastConfidence: number;
  /** Of the sequence that was planned for last: which level holds for the coming forward. */
  contextLength = 0;
  readonly #costly = new Map<string, CostlyPrice>();

  constructor(calibration: readonly CalibrationPoint[]) {
    this.price = new PassPrice(calibration);
    const row = (this.price.rows(9) - this.price.rows(1)) / 8 / this.price.rows(1);
    this.leastConfidence = Math.max(LEAST_CONFIDENCE[0], Math.min(LEAST_CONFIDENCE[1], row / 2));
  }

  choose(rounds: readonly WeighedRound[], otherTokens: number): readonly NodeChoice[] {
    const drafting =
      rounds.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / this.price.level(this.contextLength);
    const price = (count: number): number => this.price.rows(count);
    return chooseNodes(rounds, { rows: price, otherRows: otherTokens, drafting });
  }

  costly(drafter: string): CostlyPrice {
    const known = this.#costly.get(drafter) ?? new CostlyPrice();
    this.#costly.set(drafter, known);
    return known;
  }
}

class SequencePlanner implements DraftController {
  readonly name = 'auto';
  readonly #shared: SharedPlanner;
  readonly #limits: Required<SequenceLimits>;
  readonly #acceptance: SequenceAcceptance;
  readonly #evidence: Evidence;
  readonly #costly = new Map<string, CostlyDrafter>();
  /** Longest path that was chosen or came true lately. */
  #reach = 0;

  constructor(shared: SharedPlanner, limits: Required<SequenceLimits>) {
    this.#shared = shared;
    this.#limits = limits;
    this.#acceptance = new SequenceAcceptance(shared.acceptance);
    this.#evidence = new Evidence(this.#acceptance);
  }

  plan(situation: RoundSituation): DraftPlan | GatherPlan {
    const { drafters, costlyDrafters = [], remainingTokens } = situation;
    if (remainingTokens <= 1) return { kind: 'standard', reason: 'last-token' };
    if (drafters.length === 0) return { kind: 'standard', reason: 'switched-off' };
    this.#shared.contextLength = situation.contextLength;
    const { maximumDepth, width } = this.#limits;
    const depth = Math.min(maximumDepth, remainingTokens - 1, Math.ceil(2 * this.#reach) + SPARE_DEPTH);
    const budget = {
      depth,
      width,
      nodes: Math.min(MOST_NODES, 2 * depth + 8),
      minimumConfidence: this.#shared.leastConfidence,
    };
    const free = drafters.filter((drafter) => !costlyDrafters.includes(drafter));
    return {
      kind: 'gather',
      asks: free.map((drafter) => ({ drafter, ...budget })),
      askMore: (proposals) => this.#askCostly(proposals, situation),
      weigh: (proposals) => this.#weigh(proposals, situation),
      chooser: this.#shared,
    };
  }

  observe({ tokens, milliseconds, contextLength, forwardTokens, drafted, accepted, plan }: RoundOutcome): void {
    this.#shared.price.observe(forwardTokens ?? 1 + drafted, milliseconds.forward, contextLength);
    for (const token of tokens) this.#evidence.observe(token);
    for (const costly of this.#costly.values()) costly.passed(tokens.length);
    const reached = plan.kind === 'speculate' ? Math.max(plan.depth, accepted) : 0;
    this.#reach = Math.max(reached, this.#reach * 0.9);
  }

  #askCostly(proposals: readonly DrafterProposal[], situation: RoundSituation): DraftAsk | undefined {
    const { costlyDrafters = [], contextLength, remainingTokens, otherTokens = 0, activeSequences } = situation;
    const [drafter] = costlyDrafters;
    if (drafter === undefined) return undefined;
    const { price } = this.#shared;
    const level = price.level(contextLength);
    const own = price.rows(activeSequences) - price.rows(1 + otherTokens);
    const pass = (guesses: number): number => level * (price.rows(1 + otherTokens + guesses) + own);
    const free = mergeProposals(proposals, (claim) => this.#acceptance.probability(claim))?.weighed.survival ?? [];
    const costs = {
      rows: (rows: number) => level * price.rows(rows),
      otherRows: otherTokens + 1 - activeSequences,
      drafting: 0,
    };
    const { goodput } = bestNodes(
      [...free].sort((a, b) => b - a),
      activeSequences,
      costs,
    );
    const typical = { drafter, depth: 0, confidence: undefined, rank: 0, company: 'alone' } as const;
    const request = this.#costlyDrafter(drafter).ask({
      remainingTokens,
      contextLength,
      activeSequences,
      goodput,
      pass,
      quality: this.#acceptance.probability(typical) / this.#shared.acceptance.probability(typical),
      maximumDepth: this.#limits.maximumDepth,
    });
    return request && { drafter, width: 1, nodes: request.depth, ...request };
  }

  #weigh(
    answers: readonly DrafterProposal[],
    { costlyDrafters = [], contextLength }: RoundSituation,
  ): WeighedTree | undefined {
    const merged = mergeProposals(answers, (claim) => this.#acceptance.probability(claim));
    for (const answer of answers) {
      if (!costlyDrafters.includes(answer.drafter)) continue;
      const unit = this.#shared.price.level(contextLength) * this.#shared.price.rows(1);
      this.#costlyDrafter(answer.drafter).asked(answer, unit, contextLength);
    }
    if (merged === undefined) return undefined;
    for (const { drafter, claims } of merged.proposals) {
      if (!costlyDrafters.includes(drafter)) continue;
      const known = this.#shared.costly(drafter);
      for (const claim of claims)
        known.learnConfidence(claim, this.#shared.acceptance.probability({ ...claim, company: 'alone' }));
    }
    this.#evidence.add(merged.proposals);
    const { survival } = merged.weighed;
    for (let node = 0; node < survival.length; node++) {
      if ((survival[node] ?? 0) < this.#limits.minimumSurvival) survival[node] = 0;
    }
    return merged.weighed;
  }

  #costlyDrafter(drafter: string): CostlyDrafter {
    const known = this.#costly.get(drafter) ?? new CostlyDrafter(this.#shared.costly(drafter));
    this.#costly.set(drafter, known);
    return known;
  }
}

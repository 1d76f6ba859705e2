import type {
  DraftAsk,
  DraftController,
  DrafterProposal,
  DraftPlan,
  GatherPlan,
  NodeChoice,
  NodeChooser,
  ReadAhead,
  RoundOutcome,
  RoundSituation,
  WeighedRound,
  WeighedTree,
} from '@foretoken/core';
import { requireFractions, requireIntegers } from '../option-checks.js';
import { Acceptance } from './acceptance.js';
import { bestNodes, chooseNodes } from './choose-nodes.js';
import { CostlyDrafter, CostlyPrice, type CostlySituation } from './costly-drafter.js';
import { Evidence } from './evidence.js';
import { mergeProposals } from './merge-proposals.js';
import { type CalibrationPoint, PassPrice } from './pass-price.js';
import { SequenceAcceptance } from './sequence-acceptance.js';
import { type MeanRound, Yield } from './yield.js';

/** What the planner starts from. */
export interface PlannerOptions {
  /** Measured times of forward passes, as returned by `calibrateForwards`. @default a typical cost curve is assumed */
  readonly calibration?: readonly CalibrationPoint[];
}

/** Limits of one sequence's guesses. */
export interface SequenceLimits {
  /** Longest path to guess, in tokens. Integer >= 1. @default 24 */
  readonly maximumDepth?: number;
  /** Most children of a node that a drafter is asked for. Integer >= 1. @default 4 */
  readonly width?: number;
  /** Nodes less likely to be accepted than this are not scored, even if they would save time. In [0, 1]. @default 0 */
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
/** Likely tokens that a costly drafter is asked for beside each of its guesses, that one included: they take no time. */
const ALTERNATIVES = 3;
/** What a round is taken to bring before there was any. */
const ASSUMED_ROUND: MeanRound = { tokens: 1.4, nodes: 2, passes: 0 };
/** Rounds that count for all texts, and for one. */
const MEMORY = 400;
const OWN_MEMORY = 24;
/** A path is asked for this much beyond twice the longest that was of use lately. */
const SPARE_DEPTH = 6;

/**
 * Chooses the guesses with the highest expected tokens per second (goodput). In every round all free drafters propose;
 * their trees are merged, each node gets the probability that its whole path is accepted, and nodes are taken in that
 * order while (1 + sum of probabilities) / (cost of the pass + cost of drafting) increases. This one rule decides
 * depth, width, rounds without guesses, and fewer guesses under load. A costly drafter is asked only if it is expected
 * to save time.
 *
 * Proposals are compared with the generated text whether they were scored or not, so every round improves the estimates
 * without exploration. Useful in general; there is nothing to tune.
 *
 * `forSequence` throws `InvalidArgumentError` for limits out of range.
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
  readonly achieved = new Yield(ASSUMED_ROUND, MEMORY);
  readonly free = new Yield(ASSUMED_ROUND, MEMORY);
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

  /** Milliseconds that a pass of one row takes now. */
  unit(contextLength: number): number {
    return this.price.level(contextLength) * this.price.rows(1);
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
  /** What rounds of this text brought, and what guesses of the free drafters alone were expected to. */
  readonly #achieved: Yield;
  readonly #free: Yield;
  /** Passes of a costly drafter in this round. */
  #passes = 0;
  /** Longest path that was chosen or came true lately. */
  #reach = 0;

  constructor(shared: SharedPlanner, limits: Required<SequenceLimits>) {
    this.#shared = shared;
    this.#limits = limits;
    this.#acceptance = new SequenceAcceptance(shared.acceptance);
    this.#evidence = new Evidence(this.#acceptance);
    this.#achieved = new Yield(shared.achieved, OWN_MEMORY);
    this.#free = new Yield(shared.free, OWN_MEMORY);
  }

  readAhead(situation: RoundSituation): ReadAhead | undefined {
    const [drafter] = situation.costlyDrafters ?? [];
    if (drafter === undefined || situation.remainingTokens <= 1) return undefined;
    const { contextLength } = situation;
    const costly = this.#costlyDrafter(drafter);
    if (!costly.readsAhead(this.#costlySituation(drafter, this.#free, situation))) return undefined;
    return {
      drafter,
      done: ({ tokens, milliseconds }) => costly.read(tokens, milliseconds / this.#shared.unit(contextLength)),
    };
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
    const { price } = this.#shared;
    price.observe(forwardTokens ?? 1 + drafted, milliseconds.forward, contextLength);
    const round = { tokens: tokens.length, nodes: drafted, passes: this.#passes };
    this.#achieved.add(round);
    this.#shared.achieved.add(round);
    this.#passes = 0;
    for (const token of tokens) this.#evidence.observe(token);
    for (const costly of this.#costly.values()) costly.passed(tokens.length);
    const reached = plan.kind === 'speculate' ? Math.max(plan.depth, accepted) : 0;
    this.#reach = Math.max(reached, this.#reach * 0.9);
  }

  #askCostly(proposals: readonly DrafterProposal[], situation: RoundSituation): DraftAsk | undefined {
    const [drafter] = situation.costlyDrafters ?? [];
    if (drafter === undefined) return undefined;
    const free = this.#expected(proposals, situation);
    this.#free.add(free);
    this.#shared.free.add(free);
    const request = this.#costlyDrafter(drafter).ask(this.#costlySituation(drafter, free, situation));
    return (
      request && {
        drafter,
        width: ALTERNATIVES,
        nodes: ALTERNATIVES * request.depth,
        minimumConfidence: 0.01,
        ...request,
      }
    );
  }

  #costlySituation(drafter: string, free: MeanRound, situation: RoundSituation): CostlySituation {
    const { contextLength, remainingTokens, activeSequences } = situation;
    const { price } = this.#shared;
    const { guess } = this.#shared.costly(drafter);
    const extra = ({ nodes, passes }: MeanRound): number => this.#rowsBeyond(situation, nodes) + passes * guess;
    const others = price.rows(activeSequences) / price.rows(1) - 1;
    // Tokens of the others come in the time of the pass as well.
    const rate = (own: MeanRound): number => (activeSequences - 1 + own.tokens) / (1 + others + extra(own));
    return {
      remainingTokens,
      contextLength,
      free,
      usuallyFree: this.#free,
      rate: rate(this.#achieved),
      rateWithout: rate(this.#free),
      extra,
      maximumDepth: this.#limits.maximumDepth,
    };
  }

  /** What a pass of so many guesses of this sequence costs beyond one without, as a share of a pass of one row. */
  #rowsBeyond({ otherTokens = 0 }: RoundSituation, guesses: number): number {
    const { price } = this.#shared;
    return (price.rows(1 + otherTokens + guesses) - price.rows(1 + otherTokens)) / price.rows(1);
  }

  /** What the likeliest nodes of these proposals, as many as pay, are expected to bring. */
  #expected(proposals: readonly DrafterProposal[], situation: RoundSituation): MeanRound {
    const merged = mergeProposals(proposals, (claim) => this.#acceptance.probability(claim));
    return this.#expectedOf(merged?.weighed.survival ?? new Float64Array(0), situation);
  }

  #expectedOf(survival: Float64Array, situation: RoundSituation): MeanRound {
    const { otherTokens = 0, activeSequences } = situation;
    const { price } = this.#shared;
    const falling = survival.slice().sort().reverse();
    const otherRows = otherTokens + 1 - activeSequences;
    const { nodes } = bestNodes(falling, activeSequences, { rows: (rows) => price.rows(rows), otherRows, drafting: 0 });
    const tokens = falling.subarray(0, nodes).reduce((sum, own) => sum + own, 1);
    return { tokens, nodes, passes: 0 };
  }

  #weigh(answers: readonly DrafterProposal[], situation: RoundSituation): WeighedTree | undefined {
    const { costlyDrafters = [], contextLength } = situation;
    const merged = mergeProposals(answers, (claim) => this.#acceptance.probability(claim));
    for (const answer of answers) {
      if (!costlyDrafters.includes(answer.drafter)) continue;
      const costly = this.#costlyDrafter(answer.drafter);
      this.#passes = passesOf(answer);
      costly.asked(answer, this.#passes, this.#shared.unit(contextLength), contextLength);
      const round = this.#expectedOf(merged?.weighed.survival ?? new Float64Array(0), situation);
      costly.brought({ ...round, passes: this.#passes });
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

/** Passes that a drafter needed for its guesses: one for each depth. */
function passesOf({ tree }: DrafterProposal): number {
  const depths: number[] = [];
  for (const parent of tree?.parents ?? []) depths.push(1 + (depths[parent] ?? 0));
  return Math.max(1, ...depths);
}

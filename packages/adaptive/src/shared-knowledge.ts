import type { RoundOutcome, RoundSituation } from '@foretoken/core';
import type { CostAwareOptions } from './cost-aware-options.js';
import type { CostAwareState } from './cost-aware-state.js';
import { CostEstimate } from './estimate/cost-estimate.js';
import { DrafterEstimates } from './estimate/drafter-estimates.js';
import { FollowingCost } from './estimate/following-cost.js';
import { ExplorationPurse } from './exploration-purse.js';
import { ForwardLedger, type ForwardReading } from './forward-ledger.js';
import { RoundPrice } from './round-price.js';

/** What one sequence has lately put into a round and got out of it. */
export interface Habit {
  /** Guessed tokens. */
  drafted: number;
  /** Accepted ones. */
  accepted: number;
  draftMilliseconds: number;
}

/** The decoding sequences of the last forward. */
interface Batch {
  readonly habits: readonly Habit[];
  readonly drafted: number;
  readonly accepted: number;
  readonly draftMilliseconds: number;
  /** Sequences that decoded, those that other controllers serve included. */
  readonly decoders: number;
  readonly contextLength: number;
}

/** Weight of the newest round in a habit. */
const SMOOTHING = 0.15;

/** What all sequences of a `costAware` controller learn together. */
export class SharedKnowledge {
  readonly options: Required<CostAwareOptions>;
  readonly purse: ExplorationPurse;
  readonly #ledger = new ForwardLedger<Habit>();
  #cost: CostEstimate;
  #drafters: DrafterEstimates;
  #batch: Batch | undefined;
  #measuring = false;
  readonly #following = new FollowingCost();

  constructor(options: Required<CostAwareOptions>) {
    this.options = options;
    this.purse = new ExplorationPurse(options.exploration);
    this.#cost = new CostEstimate(options.calibration);
    this.#drafters = new DrafterEstimates(options);
  }

  /** What is known of the drafters whichever sequence they guess for. */
  get drafters(): DrafterEstimates {
    return this.#drafters;
  }

  /** Takes in one sequence's outcome. */
  observe(outcome: RoundOutcome, habit: Habit): void {
    follow(habit, outcome);
    this.#learn(this.#ledger.add(outcome, habit));
  }

  /** Takes in what drafters that had been asked before took in a round without guesses. */
  follow(milliseconds: number): void {
    this.#following.observe(milliseconds);
  }

  /** All outcomes of the forward before were told. */
  settle(): void {
    this.#learn(this.#ledger.close());
  }

  /**
   * Whether the coming round is to be a standard one for all sequences, so that it is known how fast the target is
   * without guesses.
   */
  isMeasuring({ otherTokens }: RoundSituation): boolean {
    return this.#measuring && otherTokens !== undefined;
  }

  /** Whether it was measured what a forward without guesses takes. */
  knowsStandard({ activeSequences, contextLength, otherTokens }: RoundSituation): boolean {
    // In a batch one sequence alone can't find out.
    if (otherTokens !== undefined && activeSequences > 1) return true;
    return this.#cost.knowsStandard({ activeSequences, contextLength });
  }

  /** What the coming round costs by the rows of one sequence. */
  price({ activeSequences, otherTokens, contextLength }: RoundSituation, own: Habit): RoundPrice {
    const following = this.#following.milliseconds;
    if (otherTokens === undefined || activeSequences + otherTokens <= 1) {
      const total = this.#cost.byRows({ activeSequences, contextLength });
      return new RoundPrice({ cost: (rows) => total(rows * activeSequences), following, tokensOfOthers: 0 });
    }
    const batch = this.#batch;
    const forward = this.#cost.byRows({ activeSequences, contextLength: batch?.contextLength ?? contextLength });
    const isIn = batch?.habits.includes(own) === true;
    const without = (sum: number, mine: number): number => Math.max(0, sum - (isIn ? mine : 0));
    const known = batch === undefined ? Number.POSITIVE_INFINITY : Math.max(0, batch.decoders - (isIn ? 1 : 0));
    const others = Math.min(activeSequences - 1, otherTokens, known);
    const drafted = without(batch?.drafted ?? 0, own.drafted);
    const accepted = without(batch?.accepted ?? 0, own.accepted);
    const drafting = without(batch?.draftMilliseconds ?? 0, own.draftMilliseconds);
    // The others' guesses of the coming round are known in part only; prompts are work that has to be done anyway,
    // so that their time is nobody's loss, but rows beside them cost what rows cost there.
    const decodeTokens = others + drafted;
    const beside = Math.max(otherTokens, decodeTokens);
    const round = forward(decodeTokens + 1) + drafting - forward(beside + 1);
    const tokensOfOthers = others + accepted;
    return new RoundPrice({ cost: (rows) => round + forward(beside + rows), following, tokensOfOthers });
  }

  save(): CostAwareState {
    this.settle();
    return { version: 1, cost: this.#cost.save(), drafters: this.#drafters.save() };
  }

  load({ cost, drafters }: CostAwareState): void {
    this.settle();
    this.#cost = new CostEstimate(this.options.calibration, cost);
    this.#drafters = new DrafterEstimates(this.options, { saved: drafters });
  }

  #learn(reading: ForwardReading<Habit> | undefined): void {
    if (reading === undefined) return;
    const { activeSequences, tokens, ownTokens, contextLength, milliseconds, draftMilliseconds, members } = reading;
    const where = { activeSequences, contextLength };
    this.#drafters.age();
    const silent = activeSequences - members.length;
    const foreign = tokens - ownTokens;
    // Each sequence that told nothing either decodes without guesses, or its prompt is being read.
    const isPure = foreign <= 0 || foreign === silent;
    if (isPure) this.#cost.observe({ tokens: tokens / activeSequences, ...where }, milliseconds);
    this.purse.save(milliseconds + draftMilliseconds, this.#cost.milliseconds({ tokens: 1, ...where }));
    const sum = (part: keyof Habit): number => members.reduce((total, habit) => total + habit[part], 0);
    const decoders = isPure ? activeSequences : members.length;
    const [drafted, accepted] = [sum('drafted'), sum('accepted')];
    this.#batch = {
      habits: members,
      drafted,
      accepted,
      draftMilliseconds: sum('draftMilliseconds'),
      decoders,
      contextLength,
    };
    this.#measuring = false;
    if (
      !isPure ||
      !reading.isCounted ||
      activeSequences === 1 ||
      tokens <= activeSequences ||
      this.#cost.knowsStandard(where)
    )
      return;
    const standard = this.#cost.milliseconds({ tokens: 1, ...where });
    const present = this.#cost.milliseconds({ tokens: tokens / activeSequences, ...where });
    const loss = standard - (present * activeSequences) / (activeSequences + accepted);
    if (!this.purse.affords(loss)) return;
    this.purse.spend(loss);
    this.#measuring = true;
  }
}

function follow(habit: Habit, { drafted, accepted, milliseconds: { draft } }: RoundOutcome): void {
  const drafting = draft >= 0 && draft < Number.POSITIVE_INFINITY ? draft : habit.draftMilliseconds;
  habit.drafted += SMOOTHING * (drafted - habit.drafted);
  habit.accepted += SMOOTHING * (accepted - habit.accepted);
  habit.draftMilliseconds += SMOOTHING * (drafting - habit.draftMilliseconds);
}

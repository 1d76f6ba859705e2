import type { RoundOutcome, RoundSituation } from '@foretoken/core';
import type { CostAwareOptions } from './cost-aware-options.js';
import type { CostAwareState } from './cost-aware-state.js';
import { CostEstimate } from './estimate/cost-estimate.js';
import { DrafterEstimates } from './estimate/drafter-estimates.js';
import { FollowingCost } from './estimate/following-cost.js';
import { RowBesidePrompt } from './estimate/row-beside-prompt.js';
import { ExplorationPurse } from './exploration-purse.js';
import { ForwardLedger, type ForwardReading } from './forward-ledger.js';
import { RoundPrice } from './round-price.js';

/** What one sequence has lately put into a round without pieces of prompts and got out of it. */
export interface Habit {
  /** Guessed tokens. */
  drafted: number;
  /** Accepted ones. */
  accepted: number;
  draftMilliseconds: number;
}

/** The sequences of the last forward without a piece of a prompt in it. */
interface Batch {
  /** Of those that told of it. */
  readonly habits: readonly Habit[];
  readonly contextLength: number;
}

const NO_HABIT: Habit = { drafted: 0, accepted: 0, draftMilliseconds: 0 };

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
  /** Sequences that told of the last forward. */
  #decoders = Number.POSITIVE_INFINITY;
  #measuring = false;
  readonly #following = new FollowingCost();
  readonly #besidePrompt = new RowBesidePrompt();

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
    if ((outcome.promptTokens ?? 0) === 0) follow(habit, outcome);
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
  isMeasuring({ otherTokens, promptTokens = 0 }: RoundSituation): boolean {
    return this.#measuring && otherTokens !== undefined && promptTokens === 0;
  }

  /** Whether it was measured what a forward without guesses takes. */
  knowsStandard({ activeSequences, contextLength, otherTokens }: RoundSituation): boolean {
    // In a batch one sequence alone can't find out.
    if (otherTokens !== undefined && activeSequences > 1) return true;
    return this.#cost.knowsStandard({ activeSequences, contextLength });
  }

  /** What the coming round costs by the rows of one sequence. */
  price(situation: RoundSituation, own: Habit): RoundPrice {
    const { activeSequences, otherTokens, promptTokens = 0, contextLength } = situation;
    const following = this.#following.milliseconds;
    if (otherTokens === undefined || activeSequences + otherTokens <= 1) {
      const total = this.#cost.byRows({ activeSequences, contextLength });
      return new RoundPrice({ cost: (rows) => total(rows * activeSequences), following, tokensOfOthers: 0 });
    }
    const forward = this.#cost.byRows({ activeSequences, contextLength: this.#batch?.contextLength ?? contextLength });
    const most = promptTokens > 0 ? Math.max(0, this.#decoders - 1) : Number.POSITIVE_INFINITY;
    const others = Math.max(0, Math.min(activeSequences - 1, otherTokens - promptTokens, most));
    const habit = habitOfOthers(this.#batch?.habits ?? [], own);
    const tokensOfOthers = others * (1 + habit.accepted);
    const decodeTokens = others * (1 + habit.drafted);
    const standard = forward(decodeTokens + 1) + others * habit.draftMilliseconds;
    // The others' guesses of the coming round are known in part only.
    const beside = Math.max(otherTokens, decodeTokens);
    if (promptTokens > 0) {
      // Prompts are work that has to be done anyway: their time is nobody's loss, and a token is worth the time that
      // it takes in rounds without them. But rows beside them cost what rows cost there.
      const row = this.#besidePrompt.milliseconds(forward(beside + 2) - forward(beside + 1));
      return new RoundPrice({ cost: (rows) => standard + row * (rows - 1), following, tokensOfOthers });
    }
    const round = standard - forward(beside + 1);
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
    const { activeSequences, tokens, promptTokens, contextLength, milliseconds, draftMilliseconds, members } = reading;
    const where = { activeSequences, contextLength };
    this.#drafters.age();
    this.#measuring = false;
    this.#decoders = members.length;
    if (promptTokens > 0) this.#besidePrompt.observe({ promptTokens, rows: tokens - promptTokens, milliseconds });
    else this.#cost.observe({ tokens: tokens / activeSequences, ...where }, milliseconds);
    this.purse.save(milliseconds + draftMilliseconds, this.#cost.milliseconds({ tokens: 1, ...where }));
    if (promptTokens > 0) return;
    this.#batch = { habits: members, contextLength };
    const isKnown = activeSequences === 1 || tokens <= activeSequences || this.#cost.knowsStandard(where);
    if (!isKnown && reading.isCounted) this.#planToMeasure(reading);
  }

  #planToMeasure({ activeSequences, tokens, contextLength, members }: ForwardReading<Habit>): void {
    const where = { activeSequences, contextLength };
    const accepted = members.reduce((sum, habit) => sum + habit.accepted, 0);
    const standard = this.#cost.milliseconds({ tokens: 1, ...where });
    const present = this.#cost.milliseconds({ tokens: tokens / activeSequences, ...where });
    const loss = standard - (present * activeSequences) / (activeSequences + accepted);
    if (!this.purse.affords(loss)) return;
    this.purse.spend(loss);
    this.#measuring = true;
  }
}

/** What one of the others puts into a round and gets out of it, on average. */
function habitOfOthers(habits: readonly Habit[], own: Habit): Habit {
  const others = habits.filter((habit) => habit !== own);
  if (others.length === 0) return NO_HABIT;
  const mean = (part: keyof Habit): number => others.reduce((sum, habit) => sum + habit[part], 0) / others.length;
  return { drafted: mean('drafted'), accepted: mean('accepted'), draftMilliseconds: mean('draftMilliseconds') };
}

function follow(habit: Habit, { drafted, accepted, milliseconds: { draft } }: RoundOutcome): void {
  const drafting = draft >= 0 && draft < Number.POSITIVE_INFINITY ? draft : habit.draftMilliseconds;
  habit.drafted += SMOOTHING * (drafted - habit.drafted);
  habit.accepted += SMOOTHING * (accepted - habit.accepted);
  habit.draftMilliseconds += SMOOTHING * (drafting - habit.draftMilliseconds);
}

import type { DrafterProposal } from '@foretoken/core';
import type { Claim } from './acceptance.js';
import { RunningMedian } from './running-median.js';

/** Where a costly drafter may be asked. */
export interface CostlySituation {
  readonly remainingTokens: number;
  readonly contextLength: number;
  /** Sequences that wait while this one drafts. */
  readonly activeSequences: number;
  /** Tokens a millisecond with what the free drafters proposed. */
  readonly goodput: number;
  /** Milliseconds of a pass with so many guesses of this sequence. */
  readonly pass: (guesses: number) => number;
  /** How many times as often its guesses are right in this text as in all. */
  readonly quality: number;
  readonly maximumDepth: number;
}

/** How far a costly drafter is asked to guess. */
export interface CostlyAsk {
  readonly depth: number;
  readonly minimumConfidence: number;
}

/** Proposals whose median is the price of a guess. */
const WINDOW = 21;
/** Shares of a pass of one row that a guess, and a token that is only read, are taken to cost before they were seen. */
const ASSUMED_GUESS = 0.3;
const ASSUMED_READ = 0.03;
/** Tokens after which a drafter that does not pay is tried again; doubled each time. */
const FIRST_WAIT = 16;
const LONGEST_WAIT = 256;
/** Rounds of one trial, and its guesses. */
const TRIAL_ROUNDS = 2;
const TRIAL_DEPTH = 4;
/** Tokens for which a drafter is expected to be of use once it has read the text. */
const HORIZON = 256;
/** A drafter reads no more of a long text than its end. */
const MOST_READ = 512;
/** What reading may take of the time that is left for a trial before the longest wait is over. */
const TRIAL_SHARE = 0.05;
/** Guesses of which it is remembered what they were worth; and what is expected before there are any. */
const LATEST = 48;
const ASSUMED_WORTH = [0.95, 0.9, 0.85, 0.5, 0.3];
/** A drafter that was asked no more than so many tokens ago has nothing to catch up with. */
const IN_STEP = 24;

/** What all sequences know of a drafter whose guesses take time. */
export class CostlyPrice {
  /** Shares of a pass of one row, so that a machine that slows down altogether changes nothing. */
  readonly #guess = new RunningMedian(WINDOW);
  readonly #read = new RunningMedian(WINDOW);
  /** Logarithms of what guesses were worth and of what was claimed for them. */
  #worth = 0;
  #claimed = 0;
  /** What the latest guesses were worth. */
  readonly #latest: number[] = [];

  /** Probabilities of guesses as they come. */
  get worth(): readonly number[] {
    return this.#latest.length > 0 ? this.#latest : ASSUMED_WORTH;
  }

  get guess(): number {
    return this.#guess.value ?? ASSUMED_GUESS;
  }

  /** Of a token of the text that the drafter has not read yet. */
  get read(): number {
    return Math.min(this.#read.value ?? ASSUMED_READ, this.guess);
  }

  observe({ tree, milliseconds }: DrafterProposal, unit: number, unread: number): void {
    const guesses = (tree?.tokens.length ?? 0) + 1;
    if (unread <= IN_STEP) this.#guess.add(milliseconds / unit / guesses);
    else this.#read.add(Math.max(1e-6, (milliseconds / unit - guesses * this.guess) / unread));
  }

  /** `worth`: the probability that is known of such claims. */
  learnConfidence(claim: Claim, worth: number): void {
    this.#latest.push(worth);
    if (this.#latest.length > LATEST) this.#latest.shift();
    if (claim.confidence === undefined || claim.confidence < 0.01) return;
    this.#worth = this.#worth * 0.995 - Math.log(Math.max(0.01, worth));
    this.#claimed = this.#claimed * 0.995 - Math.log(claim.confidence);
  }

  /** What a drafter says of a path that is worth this probability. */
  claimFor(worth: number): number {
    const exponent = (this.#claimed + 0.5) / (this.#worth + 0.5);
    return Math.min(0.95, worth ** Math.max(0.2, Math.min(5, exponent)));
  }
}

/** Decides for one sequence when a costly drafter is asked. It is never given up: a trial comes after a bounded wait. */
export class CostlyDrafter {
  readonly #price: CostlyPrice;
  #wait = FIRST_WAIT;
  #idle = 0;
  #trials = 0;
  #unread: number | undefined;

  constructor(price: CostlyPrice) {
    this.#price = price;
  }

  /** `undefined`: it is not expected to pay now. */
  ask(situation: CostlySituation): CostlyAsk | undefined {
    const { remainingTokens, contextLength, activeSequences, goodput, pass, maximumDepth } = situation;
    const unit = pass(0);
    const most = Math.min(maximumDepth, remainingTokens - 1);
    const guess = this.#price.guess * unit;
    const { rows } = this.#expected(situation, goodput * (pass(1) - unit + guess));
    const row = pass(rows + 1) - pass(rows) + guess;
    const { speed } = this.#expected(situation, goodput * row);
    const unread = Math.min(this.#unread ?? contextLength, MOST_READ);
    const reading = unread > IN_STEP ? unread * this.#price.read * unit : 0;
    const expected = activeSequences * Math.min(HORIZON, remainingTokens);
    if (speed > goodput && expected * (1 / goodput - 1 / speed) > reading) {
      this.#wait = FIRST_WAIT;
      return { depth: most, minimumConfidence: this.#price.claimFor(Math.min(0.9, speed * row)) };
    }
    if (this.#trials > 0) this.#trials--;
    else if (this.#idle >= (reading < (expected / goodput) * TRIAL_SHARE ? this.#wait : LONGEST_WAIT)) {
      this.#trials = TRIAL_ROUNDS - 1;
      this.#wait = Math.min(LONGEST_WAIT, 2 * this.#wait);
    } else return undefined;
    return { depth: Math.min(most, TRIAL_DEPTH), minimumConfidence: 0.2 };
  }

  /** Tokens a millisecond with guesses like the latest, each path drafted on while it is worth `least`. */
  #expected(
    { activeSequences, pass, quality, maximumDepth }: CostlySituation,
    least: number,
  ): { readonly speed: number; readonly rows: number } {
    const guess = this.#price.guess * pass(0);
    const { worth } = this.#price;
    let [tokens, rows, drafting, reach, path] = [activeSequences, 0, 0, 1, 1];
    for (let depth = 0; depth < maximumDepth && reach > 0.05; depth++) {
      drafting += reach * guess;
      const kept = worth.map((own) => Math.min(0.99, own * quality)).filter((own) => path * own >= least);
      if (kept.length === 0) break;
      reach *= kept.length / worth.length;
      path *= kept.reduce((sum, own) => sum + own, 0) / kept.length;
      rows += reach;
      tokens += reach * path;
    }
    return { speed: tokens / (pass(rows) + drafting), rows };
  }

  /** It was asked. `unit`: milliseconds of a pass of one row. */
  asked(proposal: DrafterProposal, unit: number, contextLength: number): void {
    this.#price.observe(proposal, unit, this.#unread ?? contextLength);
    this.#unread = 0;
    this.#idle = 0;
  }

  /** So many tokens came. */
  passed(tokens: number): void {
    this.#idle += tokens;
    if (this.#unread !== undefined) this.#unread += tokens;
  }
}

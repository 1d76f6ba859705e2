import type { DrafterProposal } from '@foretoken/core';
import type { Claim } from './acceptance.js';
import { RunningMedian } from './running-median.js';
import { type MeanRound, Yield } from './yield.js';

/** Where a costly drafter may be asked. Costs are shares of a pass without guesses. */
export interface CostlySituation {
  readonly remainingTokens: number;
  readonly contextLength: number;
  /** What the free drafters' guesses of this round are expected to bring, and bring in the mean of this text. */
  readonly free: MeanRound;
  readonly usuallyFree: MeanRound;
  /** Tokens of all sequences in the time of a pass: now, and if this drafter were never asked. */
  readonly rate: number;
  readonly rateWithout: number;
  /** What a round costs beyond a pass without guesses. */
  readonly extra: (round: MeanRound) => number;
  readonly maximumDepth: number;
}

/** How far a costly drafter is asked to guess. */
export interface CostlyAsk {
  readonly depth: number;
  /** What the drafter says of a path behind which it no longer pays to go on. */
  readonly minimumParent: number;
}

/** Proposals whose median is the price of a guess. */
const WINDOW = 21;
/** Shares of a pass of one row that a guess, and a token that is only read, are taken to cost before they were seen. */
const ASSUMED_GUESS = 0.3;
const ASSUMED_READ = 0.03;
/** Measurements from which on these count no longer: a first pass may wait for weights from the disk, but is never too fast. */
const FEW_TIMES = 3;
/** What a round with it is taken to bring before there was any. */
const ASSUMED_ROUND: MeanRound = { tokens: 3.5, nodes: 5, passes: 3 };
/** Rounds that count for all texts, and for one. */
const MEMORY = 100;
const OWN_MEMORY = 16;
/** Tokens a round more than the mean that a text is taken to bring until it is known: only asking shows which do. */
const OPTIMISM = 0.4;
/** Tokens after which a drafter that does not pay is tried again; doubled each time. */
const FIRST_WAIT = 16;
const LONGEST_WAIT = 256;
/** Tokens of all texts after which one is read on trial, if so much of it is left: short texts end before their wait does. */
const LONGEST_REST = 1024;
const LEAST_TRIAL = 32;
/** Tokens for which a drafter is expected to be of use once it has read the text. */
const HORIZON = 256;
/** Tokens of a long text that a drafter reads at most. */
const MOST_READ = 512;
/** What reading may take of the time that is left for a trial before the longest wait is over. */
const TRIAL_SHARE = 0.05;
/** Share of the price of reading that a drafter must have been missed for before it reads. */
const MISSED = 0.1;
/** A drafter that was asked no more than so many tokens ago has nothing to catch up with. */
const IN_STEP = 24;

function priceOf({ value = Number.POSITIVE_INFINITY, count }: RunningMedian, assumed: number): number {
  return count < FEW_TIMES ? Math.min(assumed, value) : value;
}

/** What all sequences know of a drafter whose guesses take time. */
export class CostlyPrice {
  readonly round = new Yield(ASSUMED_ROUND, MEMORY);
  /** Shares of a pass of one row, so that a machine that slows down altogether changes nothing. */
  readonly #guess = new RunningMedian(WINDOW);
  readonly #read = new RunningMedian(WINDOW);
  /** Logarithms of what guesses were worth and of what was claimed for them, and their number. */
  #worth = 0;
  #claimed = 0;
  #claims = 0;
  /** Tokens of all texts since it was last asked or read one. */
  #idle = 0;

  get idle(): number {
    return this.#idle;
  }

  passed(tokens: number): void {
    this.#idle += tokens;
  }

  used(): void {
    this.#idle = 0;
  }

  get guess(): number {
    return priceOf(this.#guess, ASSUMED_GUESS);
  }

  /** Of a token of the text that the drafter has not read yet. */
  get read(): number {
    return Math.min(priceOf(this.#read, ASSUMED_READ), this.guess);
  }

  /** Probability of a guess behind one that is right, in the mean. */
  get usualWorth(): number {
    return Math.exp(-(this.#worth + 1) / (this.#claims + 5));
  }

  /** `guesses`: how many it made one after the other. */
  observe(milliseconds: number, guesses: number, unit: number, unread: number): void {
    if (unread <= IN_STEP) this.#guess.add(milliseconds / unit / guesses);
    else this.observeReading(milliseconds / unit - guesses * this.guess, unread);
  }

  /** `cost`: shares of a pass of one row that reading so many tokens took. */
  observeReading(cost: number, tokens: number): void {
    if (tokens > 0) this.#read.add(Math.max(1e-6, cost / tokens));
  }

  /** `worth`: the probability that is known of such claims. */
  learnConfidence(claim: Claim, worth: number): void {
    if (claim.rank > 0 || claim.confidence === undefined || claim.confidence < 0.01) return;
    this.#worth = this.#worth * 0.995 - Math.log(Math.max(0.01, worth));
    this.#claimed = this.#claimed * 0.995 - Math.log(claim.confidence);
    this.#claims = this.#claims * 0.995 + 1;
  }

  /** What a drafter says of a path that is worth this probability. */
  claimFor(worth: number): number {
    const exponent = (this.#claimed + 0.5) / (this.#worth + 0.5);
    return worth ** Math.max(0.2, Math.min(5, exponent));
  }
}

/** Decides for one sequence when a costly drafter is asked. It is never given up: a trial comes after a bounded wait. */
export class CostlyDrafter {
  readonly #price: CostlyPrice;
  readonly #round: Yield;
  #wait = FIRST_WAIT;
  #idle = 0;
  /** Tokens that rounds with it would have brought more, since it last read. */
  #missed = 0;
  #unread: number | undefined;
  /** Whether it was asked in this round, how many tokens that has to bring, and whether the round before did. */
  #asked = false;
  #due = 0;
  #paid = false;
  /** The round before it read, and what it takes to guess is seen only without that. */
  #hasRead = false;

  constructor(price: CostlyPrice) {
    this.#price = price;
    this.#round = new Yield(price.round, OWN_MEMORY, OPTIMISM);
  }

  /** `undefined`: it is not expected to pay now. */
  ask(situation: CostlySituation): CostlyAsk | undefined {
    const { remainingTokens, contextLength, free, rate, rateWithout, extra, maximumDepth } = situation;
    const unread = Math.min(this.#unread ?? contextLength, MOST_READ);
    const reading = unread > IN_STEP ? unread * this.#price.read : 0;
    const left = Math.min(HORIZON, remainingTokens);
    const gain = this.#gainOver(free, rate, extra);
    this.#missed = Math.max(0, this.#missed + gain);
    const isMissed = this.#missed >= MISSED * rate * reading;
    const pays =
      reading === 0
        ? gain > 0 || (this.#paid && free.tokens < this.#due)
        : isMissed && this.#paysReading(reading, left, situation);
    const longest = reading < (left / rate) * TRIAL_SHARE ? this.#wait : LONGEST_WAIT;
    if (!pays && !this.#hasRead && this.#idle < longest) return undefined;
    if (pays) this.#wait = FIRST_WAIT;
    else if (!this.#hasRead) this.#wait = Math.min(LONGEST_WAIT, 2 * this.#wait);
    this.#hasRead = reading > 0;
    this.#due = rate * (1 + extra(this.#round));
    // One more guess brings what it is worth if all before it are right, and costs a pass of the drafter and a row.
    const guess = extra({ tokens: 0, nodes: 4, passes: 4 }) / 4;
    const least = (Math.max(rate, rateWithout) * guess) / this.#price.usualWorth;
    const depth = Math.min(maximumDepth, remainingTokens - 1);
    return { depth, minimumParent: this.#price.claimFor(Math.min(0.98, least)) };
  }

  /** Whether it is worth its while to read the text before the first round. */
  readsAhead({ contextLength, ...situation }: CostlySituation): boolean {
    const reading = Math.min(contextLength, MOST_READ) * this.#price.read;
    if (this.#paysReading(reading, Math.min(HORIZON, situation.remainingTokens), situation)) return true;
    const { idle } = this.#price;
    if (situation.remainingTokens < LEAST_TRIAL || idle < LONGEST_REST) return false;
    if (reading > (idle / situation.rateWithout) * TRIAL_SHARE) return false;
    // Texts that begin while this one is read, or after a reading that fails, are no trials too.
    this.#price.used();
    // A short text has to ask at once, or nothing is learned.
    this.#idle = FIRST_WAIT;
    return true;
  }

  /** It has read so many tokens. `cost`: shares of a pass of one row. */
  read(tokens: number, cost: number): void {
    this.#price.observeReading(cost, tokens);
    this.#price.used();
    this.#unread = 0;
  }

  /** Tokens that a round with it brings more than another, less those that would have come in the time it takes. */
  #gainOver(other: MeanRound, rate: number, extra: CostlySituation['extra']): number {
    return this.#round.tokens - other.tokens - rate * (extra(this.#round) - extra(other));
  }

  #paysReading(
    reading: number,
    left: number,
    { usuallyFree, rateWithout, extra }: Pick<CostlySituation, 'usuallyFree' | 'rateWithout' | 'extra'>,
  ): boolean {
    return (left / this.#round.tokens) * this.#gainOver(usuallyFree, rateWithout, extra) > rateWithout * reading;
  }

  /** It was asked and made so many guesses one after the other. `unit`: milliseconds of a pass of one row. */
  asked({ milliseconds }: DrafterProposal, guesses: number, unit: number, contextLength: number): void {
    this.#price.observe(milliseconds, guesses, unit, Math.min(this.#unread ?? contextLength, MOST_READ));
    this.#price.used();
    this.#unread = 0;
    this.#missed = 0;
    this.#idle = 0;
    this.#asked = true;
  }

  /** What a round with it was expected to bring once its guesses were known. */
  brought(round: MeanRound): void {
    this.#round.add(round);
    this.#price.round.add(round);
  }

  /** So many tokens came. */
  passed(tokens: number): void {
    this.#paid = this.#asked && tokens > this.#due;
    this.#asked = false;
    this.#idle += tokens;
    this.#price.passed(tokens);
    if (this.#unread !== undefined) this.#unread += tokens;
  }
}

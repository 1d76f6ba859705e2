import type { DraftController, DraftPlan, RoundOutcome, RoundSituation } from '@foretoken/core';
import type { DrafterEstimates } from './estimate/drafter-estimates.js';
import { ExplorationBudget } from './exploration-budget.js';
import { type Look, neighbours, otherDrafters } from './looks.js';
import { type Candidate, type Draft, decide, same } from './plan-search.js';
import type { RoundPrice } from './round-price.js';
import type { Habit, SharedKnowledge } from './shared-knowledge.js';

/** Tokens that must still come for a look to pay back. */
const LEAST_HORIZON = 16;
/**
 * Plans are weighed against each other every so many rounds, within which little is learned, and every so many for each
 * sequence in the forward: however many there are, few of them weigh theirs in the same round. A round without guesses
 * tells less than one with some, and counts as less.
 */
const WEIGHING_INTERVAL = 3;
const WITHOUT_GUESSES = 0.4;
const WEIGHING_INTERVAL_PER_SEQUENCE = 0.5;
/** So much more may be guessed in a forward when each sequence knows what the others have in it, and pays for its own. */
const TOLD_OF_OTHERS = 2;
/** Rounds that the past of a drafter out of use still counts for. */
const STALE_EVIDENCE = 4;

/** What is in use, `undefined` for standard decoding. */
interface PlanInUse {
  present: Draft | undefined;
  /** Since it is in use. */
  rounds: number;
  /** When it was last weighed against others, and how many rounds' worth was learned since. */
  weighed: { readonly situation: string; learned: number } | undefined;
}

function newPlan(): PlanInUse {
  return { present: undefined, rounds: Number.POSITIVE_INFINITY, weighed: undefined };
}

/** The plan of one sequence: what it knows of its own content, what it has in use, and the look under way. */
export class SequenceController implements DraftController {
  readonly name = 'costAware';
  readonly #shared: SharedKnowledge;
  readonly #drafters: DrafterEstimates;
  readonly #budget: ExplorationBudget;
  readonly #habit: Habit = { drafted: 0, accepted: 0, draftMilliseconds: 0 };
  readonly #plans = { alone: newPlan(), besidePrompt: newPlan() };
  /** Beside a piece of a prompt rows cost something else, and that changes too often for one plan to change with it. */
  #use: PlanInUse = this.#plans.alone;
  /** Whether a drafter was asked, and so follows every round. */
  #hasAsked = false;
  /** Set between `plan` and `observe` of a look: tokens per millisecond of the plan in use, and most that a look may take. */
  #looking: { readonly price: RoundPrice; readonly rate: number; readonly mostMilliseconds: number } | undefined;

  /** `drafters`: what is known of them in this sequence. */
  constructor(shared: SharedKnowledge, drafters: DrafterEstimates) {
    this.#shared = shared;
    this.#drafters = drafters;
    this.#budget = new ExplorationBudget(shared.purse);
  }

  plan(situation: RoundSituation): DraftPlan {
    this.#looking = undefined;
    this.#use = (situation.promptTokens ?? 0) > 0 ? this.#plans.besidePrompt : this.#plans.alone;
    this.#shared.settle();
    const { activeSequences, remainingTokens, drafters, otherTokens } = situation;
    const inFlight = this.#shared.options.nodesInFlight * (otherTokens === undefined ? 1 : TOLD_OF_OTHERS);
    const nodes = Math.floor(inFlight / activeSequences);
    const room = Math.min(nodes, remainingTokens - 1);
    if (!(room >= 1) || this.#shared.isMeasuring(situation)) return { kind: 'standard' };
    if (!this.#isDue(situation, nodes)) return planOf(this.#use.present, room);
    const price = this.#shared.price(situation, this.#habit);
    const candidates = this.#candidates(drafters, nodes, price);
    this.#decide(candidates, price);
    const look =
      remainingTokens >= LEAST_HORIZON && this.#budget.due ? this.#look(candidates, price, situation) : undefined;
    if (look === undefined) return planOf(this.#use.present, room);
    // A pause of the process during a look is not the look's price.
    const mostMilliseconds = 2 * (forecastOf(look.draft, candidates)?.milliseconds ?? price.cost(1));
    const rate = price.totalRate(forecastOf(this.#use.present, candidates) ?? standardOf(price));
    this.#looking = { price, rate, mostMilliseconds };
    return planOf(look.draft, room);
  }

  observe(outcome: RoundOutcome): void {
    const { plan, drafted, accepted, emitted, milliseconds, activeSequences } = outcome;
    this.#shared.observe(outcome, this.#habit);
    if (plan.kind === 'speculate') this.#hasAsked = true;
    else if (this.#hasAsked) this.#shared.follow(milliseconds.draft);
    this.#use.rounds++;
    if (this.#use.weighed !== undefined) this.#use.weighed.learned += drafted > 0 ? 1 : WITHOUT_GUESSES;
    if (plan.kind === 'speculate' && this.#drafters.of(plan.drafter, plan.width).observe(outcome) === 'worse') {
      this.#drafters.soften(STALE_EVIDENCE, plan.drafter);
      this.#budget.hurry();
      this.#use.weighed = undefined;
    }
    if (this.#looking === undefined) {
      this.#budget.wait();
    } else {
      const { price, rate, mostMilliseconds } = this.#looking;
      // In a batch the time of the forward says more about the others' guesses than about this look.
      const forward = activeSequences > 1 ? price.cost(1 + drafted) : milliseconds.forward + milliseconds.verify;
      const spent = Math.min(forward + milliseconds.draft, mostMilliseconds);
      this.#budget.spend(spent - (emitted + price.tokensOfOthers) / rate, accepted > 0);
    }
    this.#looking = undefined;
  }

  /** Whether the plans are to be weighed this round, or the one in use goes on. */
  #isDue({ drafters, activeSequences }: RoundSituation, nodes: number): boolean {
    const situation = JSON.stringify([drafters, activeSequences, nodes]);
    const { weighed } = this.#use;
    const interval = Math.max(WEIGHING_INTERVAL, WEIGHING_INTERVAL_PER_SEQUENCE * activeSequences);
    const unchanged = weighed?.situation === situation && weighed.learned < interval;
    // In a batch many looks are due at a time, which one purse can't pay: they wait for the next weighing.
    const mayLook = activeSequences > 1 ? this.#budget.looking : this.#budget.due;
    if (unchanged && !mayLook) return false;
    this.#use.weighed = { situation, learned: 0 };
    return true;
  }

  #candidates(drafters: readonly string[], nodes: number, price: RoundPrice): Candidate[] {
    const { widths, depths } = this.#shared.options;
    return drafters.flatMap((drafter) =>
      widths.flatMap((width) => {
        const fitting = depths.filter((depth) => depth * width <= nodes);
        const forecasts = this.#drafters.of(drafter, width).forecasts(fitting, price);
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

  #decide(candidates: readonly Candidate[], price: RoundPrice): void {
    const choice = {
      candidates,
      standard: price.standardRate,
      rate: price.rate.bind(price),
      present: this.#use.present,
      rounds: this.#use.rounds,
    };
    const decision = decide(choice, this.#shared.options);
    if (decision.kind === 'stay') return;
    const { to, contentChanged } = decision;
    if (contentChanged) this.#drafters.soften(STALE_EVIDENCE, this.#use.present?.drafter);
    if (contentChanged) this.#budget.hurry();
    else this.#budget.stop();
    this.#use.present = to;
    this.#use.rounds = 0;
  }

  /** A short draft out of use, when it could pay back and its price was saved up. */
  #look(candidates: readonly Candidate[], price: RoundPrice, situation: RoundSituation): Look | undefined {
    const present = this.#use.present;
    const inUse = forecastOf(present, candidates) ?? standardOf(price);
    const wanted = price.rate(inUse) * (1 + this.#shared.options.hysteresis);
    const looks: Look[] = [
      ...neighbours(candidates, { present, knowsStandard: this.#shared.knowsStandard(situation) }),
      ...otherDrafters(candidates, { present, price, wanted, drafters: this.#drafters }),
    ];
    const look = this.#budget.pick(looks);
    if (look === undefined) return undefined;
    const { draft, key } = look;
    const forecast = draft === undefined ? standardOf(price) : forecastOf(draft, candidates);
    if (forecast === undefined) return undefined;
    const loss = forecast.milliseconds - (forecast.tokens + price.tokensOfOthers) / price.totalRate(inUse);
    if (!this.#budget.affords(loss)) return undefined;
    const isNew = draft?.drafter !== present?.drafter || draft?.width !== present?.width;
    if (draft !== undefined && isNew && !this.#budget.isUnderWay(key)) {
      this.#drafters.of(draft.drafter, draft.width).acceptance.soften(STALE_EVIDENCE);
    }
    this.#budget.begin(key, { subjects: looks.length, idle: present === undefined });
    return look;
  }
}

function standardOf(price: RoundPrice): { readonly tokens: number; readonly milliseconds: number } {
  return { tokens: 1, milliseconds: price.cost(1) };
}

function forecastOf(draft: Draft | undefined, candidates: readonly Candidate[]): Candidate | undefined {
  return draft && candidates.find((candidate) => same(candidate, draft));
}

function planOf(draft: Draft | undefined, room: number): DraftPlan {
  if (draft === undefined) return { kind: 'standard' };
  const { drafter, width, minimumConfidence } = draft;
  const depth = Math.min(draft.depth, room);
  return { kind: 'speculate', drafter, depth, width, nodes: depth * width, minimumConfidence };
}

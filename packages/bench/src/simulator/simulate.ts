import type { DepthOutcome, DraftController, DraftPlan, RoundOutcome } from '@foretoken/core';
import type { Guessability, TokenGuess } from './guessability.js';
import type { Machine } from './machines.js';
import { seededRandom } from './seeded-random.js';

/** A drafter of a simulation. */
export interface SimulatedDrafter {
  readonly guesses: Guessability;
  /** Price of a proposal, as shares of a forward of one row per sequence. @default { round: 0, token: 0 } */
  readonly price?: { readonly round: number; readonly token: number };
}

/** What each drafter would guess of a text, by its name. */
export type SimulatedText = ReadonlyMap<string, readonly TokenGuess[]>;

/** What a text is decoded with. */
export interface Simulation {
  readonly drafters: Readonly<Record<string, SimulatedDrafter>>;
  readonly text: SimulatedText;
  readonly machine: Machine;
  /** Of the timings that controllers see. */
  readonly seed: number;
}

/** What a controller made of a text. */
export interface SimulationResult {
  /** By the true costs. */
  readonly milliseconds: number;
  readonly rounds: number;
  /** Changes of plan per round in the second half of the text; rounds of looking around count. */
  readonly switchRate: number;
  readonly standardRounds: number;
}

/** Timings that controllers see: normal noise of 6 %, and now and then a pause of the process. */
const NOISE = 0.06;
const PAUSE_CHANCE = 0.01;
const PAUSE_FACTOR = 8;
/** The last rounds are cut short by the end of the text, which is no change of plan. */
const TAIL = 40;
const PROMPT_TOKENS = 1000;

/** A text of so many tokens. */
export function simulatedText(drafters: Simulation['drafters'], tokens: number, seed: number): SimulatedText {
  return new Map(
    Object.entries(drafters).map(([name, { guesses }], index) => [name, guesses(tokens, seed * 31 + index)]),
  );
}

/** Decodes a text. Controllers see noisy timings with outliers; the result counts the true costs. */
export function simulate(controller: DraftController, { drafters, text, machine, seed }: Simulation): SimulationResult {
  const names = [...text.keys()];
  const tokens = text.get(names[0] ?? '')?.length ?? 0;
  const { activeSequences } = machine;
  const unit = machine.forward(activeSequences);
  const random = seededRandom(seed + 7919);
  const noisy = (milliseconds: number): number => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return milliseconds * Math.exp(NOISE * normal) * (random() < PAUSE_CHANCE ? PAUSE_FACTOR : 1);
  };
  let [milliseconds, rounds, standardRounds, position, lateRounds, switches] = [0, 0, 0, 0, 0, 0];
  let before: DraftPlan | undefined;
  while (position < tokens) {
    const contextLength = PROMPT_TOKENS + position;
    const remainingTokens = tokens - position;
    const plan = controller.plan({ drafters: names, contextLength, remainingTokens, activeSequences });
    const speculating = plan.kind === 'speculate' ? drafters[plan.drafter] : undefined;
    const { perDepth, drafted, accepted } =
      plan.kind === 'speculate' ? judge(plan, text.get(plan.drafter) ?? [], position) : NOTHING;
    const { round, token } = speculating?.price ?? { round: 0, token: 0 };
    const draft = speculating === undefined ? 0 : unit * (round + token * drafted);
    const forward = machine.forward(activeSequences * (1 + drafted));
    milliseconds += draft + forward;
    rounds++;
    if (plan.kind === 'standard') standardRounds++;
    if (position > tokens / 2 && remainingTokens > TAIL) {
      lateRounds++;
      if (before !== undefined && !samePlan(before, plan)) switches++;
    }
    before = plan;
    const emitted = Math.min(accepted + 1, remainingTokens);
    const seen = { draft: noisy(draft), forward: noisy(forward), verify: 0 };
    const outcome: RoundOutcome = {
      plan,
      drafted,
      accepted,
      emitted,
      perDepth,
      milliseconds: seen,
      activeSequences,
      contextLength,
    };
    controller.observe(outcome);
    position += emitted;
  }
  return { milliseconds, rounds, standardRounds, switchRate: switches / Math.max(1, lateRounds) };
}

type Judged = Pick<RoundOutcome, 'perDepth' | 'drafted' | 'accepted'>;

const NOTHING: Judged = { perDepth: [], drafted: 0, accepted: 0 };

/** A tree with `width` guesses at each depth, the next hanging off the right one, or off the first when none is. */
function judge(plan: DraftPlan & { kind: 'speculate' }, text: readonly TokenGuess[], position: number): Judged {
  if (text[position]?.found !== true) return NOTHING;
  const perDepth: DepthOutcome[] = [];
  let [drafted, accepted, path] = [0, 0, 1];
  for (let depth = 0; depth < plan.depth; depth++) {
    const guess = text[position + depth];
    if (guess === undefined || drafted + plan.width > plan.nodes) break;
    path *= guess.confidence ?? 1;
    if (path < plan.minimumConfidence) break;
    const judged = accepted === depth;
    const right = judged && guess.rank < plan.width;
    const confidence = judged ? guess.confidence : undefined;
    perDepth.push({ drafted: plan.width, accepted: right, ...(confidence === undefined ? {} : { confidence }) });
    drafted += plan.width;
    if (right) accepted++;
  }
  return { perDepth, drafted, accepted };
}

function samePlan(one: DraftPlan, other: DraftPlan): boolean {
  if (one.kind === 'standard' || other.kind === 'standard') return one.kind === other.kind;
  return (
    one.drafter === other.drafter &&
    one.depth === other.depth &&
    one.width === other.width &&
    one.minimumConfidence === other.minimumConfidence
  );
}

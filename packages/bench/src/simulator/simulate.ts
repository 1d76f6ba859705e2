import type { DraftController, DraftPlan, RoundOutcome } from '@foretoken/core';
import type { Guessability, TokenGuess } from './guessability.js';
import { judgeDraft } from './judge-draft.js';
import type { Machine } from './machines.js';
import { noisyTimings } from './noisy-timings.js';

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
  const noisy = noisyTimings(seed);
  let [milliseconds, rounds, standardRounds, position, lateRounds, switches] = [0, 0, 0, 0, 0, 0];
  let before: DraftPlan | undefined;
  while (position < tokens) {
    const contextLength = PROMPT_TOKENS + position;
    const remainingTokens = tokens - position;
    const plan = controller.plan({ drafters: names, contextLength, remainingTokens, activeSequences });
    const speculating = plan.kind === 'speculate' ? drafters[plan.drafter] : undefined;
    const { perDepth, drafted, accepted } = judgeDraft(plan, text, position);
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

function samePlan(one: DraftPlan, other: DraftPlan): boolean {
  if (one.kind === 'standard' || other.kind === 'standard') return one.kind === other.kind;
  return (
    one.drafter === other.drafter &&
    one.depth === other.depth &&
    one.width === other.width &&
    one.minimumConfidence === other.minimumConfidence
  );
}

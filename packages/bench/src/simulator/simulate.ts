import type { DraftController, DraftPlan } from '@foretoken/core';
import type { Guessability, TokenGuess } from './guessability.js';
import type { Machine } from './machines.js';
import { noisyTimings } from './noisy-timings.js';
import { gatherSimulated, judgeSimulated, settleSimulated } from './simulated-round.js';

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
  /** How many times as long a round takes, by its number and the milliseconds so far. @default once */
  readonly disturbance?: (round: number, milliseconds: number) => { readonly forward: number; readonly draft: number };
  /** Told of every round's plan. @default nothing */
  readonly onRound?: (round: { readonly position: number; readonly plan: DraftPlan }) => void;
}

/** What a controller made of a text. */
export interface SimulationResult {
  /** By the true costs. */
  readonly milliseconds: number;
  /** Changes of plan per round in the second half of the text; rounds of looking around count. */
  readonly switchRate: number;
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
export function simulate(controller: DraftController, simulation: Simulation): SimulationResult {
  const { drafters, text, machine, seed, disturbance } = simulation;
  const tokens = [...text.values()][0]?.length ?? 0;
  const { activeSequences } = machine;
  const unit = machine.forward(activeSequences);
  const noisy = noisyTimings(seed);
  let [milliseconds, rounds, position, lateRounds, switches] = [0, 0, 0, 0, 0];
  let before: DraftPlan | undefined;
  while (position < tokens) {
    const contextLength = PROMPT_TOKENS + position;
    const remainingTokens = tokens - position;
    const slow = disturbance?.(rounds, milliseconds) ?? { forward: 1, draft: 1 };
    const guesses = gatherSimulated(
      controller,
      { contextLength, remainingTokens, activeSequences, otherTokens: activeSequences - 1 },
      { drafters, text, position, unit: unit / activeSequences, clock: (spent) => noisy(spent * slow.draft) },
    );
    // The others' texts are as this one's.
    const [draft] = settleSimulated(
      Array.from({ length: activeSequences }, () => guesses),
      0,
    );
    if (draft === undefined) break;
    const judged = judgeSimulated(draft, { position, remaining: remainingTokens });
    const { plan } = draft;
    simulation.onRound?.({ position, plan });
    const forward = machine.forward(activeSequences * (1 + judged.drafted));
    milliseconds += activeSequences * guesses.draft * slow.draft + forward * slow.forward;
    rounds++;
    if (position > tokens / 2 && remainingTokens > TAIL) {
      lateRounds++;
      if (before !== undefined && !samePlan(before, plan)) switches++;
    }
    before = plan;
    controller.observe({
      ...judged,
      milliseconds: { draft: guesses.seen, forward: noisy(forward * slow.forward), verify: 0 },
      activeSequences,
      forwardTokens: activeSequences * (1 + judged.drafted),
      contextLength,
    });
    position += judged.emitted;
  }
  return { milliseconds, switchRate: switches / Math.max(1, lateRounds) };
}

function samePlan(one: DraftPlan, other: DraftPlan): boolean {
  if (one.kind === 'standard' || other.kind === 'standard') return one.kind === other.kind;
  return one.drafter === other.drafter && one.depth === other.depth && one.width === other.width;
}

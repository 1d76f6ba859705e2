import type { DraftController } from '@foretoken/core';
import { rotated } from '../forward/schedule.js';
import { sum } from '../results/statistics.js';
import type { Machine } from './machines.js';
import { noisyTimings } from './noisy-timings.js';
import type { SimulatedText, Simulation } from './simulate.js';
import { gatherSimulated, judgeSimulated, settleSimulated } from './simulated-round.js';

/** One of many texts that are decoded together. */
export interface BatchRequest {
  readonly drafters: Simulation['drafters'];
  readonly text: SimulatedText;
  /** Tokens that are read before the first is generated. */
  readonly promptTokens: number;
}

/** What a queue of texts is decoded with. */
export interface BatchSimulation {
  /** Served in this order; the next one joins when another has ended. */
  readonly requests: readonly BatchRequest[];
  /** Most texts in a forward. */
  readonly sequences: number;
  readonly machine: Pick<Machine, 'forward'>;
  /** Of the timings that controllers see. */
  readonly seed: number;
}

/** What controllers made of a queue, by the true costs. */
export interface BatchResult {
  readonly tokens: number;
  readonly milliseconds: number;
  readonly forwards: number;
  /** Guessed tokens. */
  readonly drafted: number;
}

/** Prompt tokens of all texts in one forward. */
const PREFILL_CHUNK = 64;

interface Running {
  readonly request: BatchRequest;
  readonly controller: DraftController;
  readonly tokens: number;
  unread: number;
  position: number;
}

/**
 * Decodes a queue of texts, many in each forward, as `Engine` does: prompts are read in pieces beside the others' rounds,
 * sequences draft in turns, and each is told of the one forward. `controller` makes one for each text.
 */
export function simulateBatch(controller: () => DraftController, simulation: BatchSimulation): BatchResult {
  const { machine, sequences, seed } = simulation;
  const noisy = noisyTimings(seed);
  const waiting = [...simulation.requests];
  let running: Running[] = [];
  const result = { tokens: 0, milliseconds: 0, forwards: 0, drafted: 0 };
  for (;;) {
    while (running.length < sequences) {
      const request = waiting.shift();
      if (request === undefined) break;
      const tokens = [...request.text.values()][0]?.length ?? 0;
      running.push({ request, controller: controller(), tokens, unread: request.promptTokens, position: 0 });
    }
    if (running.length === 0) return result;
    const prefill = readPrompts(running);
    const decoders = running.filter(({ unread }) => unread === 0);
    const turns = rotated(decoders, result.forwards);
    const activeSequences = decoders.length + prefill.sequences;
    let otherTokens = prefill.tokens + decoders.length - 1;
    const unit = machine.forward(1);
    const gathered = turns.map(({ controller, request, position, tokens }) => {
      const { drafters, text, promptTokens } = request;
      const shared = { activeSequences, otherTokens, promptTokens: prefill.tokens };
      const situation = { ...shared, contextLength: promptTokens + position, remainingTokens: tokens - position };
      const guesses = gatherSimulated(controller, situation, { drafters, text, position, unit, clock: noisy });
      if (guesses.kind === 'decided') otherTokens += guesses.tree?.tokens.length ?? 0;
      return guesses;
    });
    const judged = settleSimulated(gathered, prefill.tokens).map((draft, index) => {
      const { position = 0, tokens = 0 } = turns[index] ?? {};
      return judgeSimulated(draft, { position, remaining: tokens - position });
    });
    const guessed = sum(judged, ({ drafted }) => drafted);
    const forwardTokens = prefill.tokens + decoders.length + guessed;
    const forward = machine.forward(forwardTokens);
    const seen = noisy(forward);
    result.forwards++;
    result.milliseconds += forward + sum(gathered, ({ draft }) => draft);
    for (const [index, outcome] of judged.entries()) {
      const sequence = turns[index];
      if (sequence === undefined) continue;
      sequence.controller.observe({
        ...outcome,
        milliseconds: { draft: gathered[index]?.seen ?? 0, forward: seen, verify: 0 },
        activeSequences,
        forwardTokens,
        promptTokens: prefill.tokens,
        contextLength: sequence.request.promptTokens + sequence.position,
      });
      sequence.position += outcome.emitted;
      result.tokens += outcome.emitted;
      result.drafted += outcome.drafted;
    }
    for (const sequence of prefill.done) sequence.unread = 0;
    running = running.filter(({ position, tokens }) => position < tokens);
  }
}

/** Takes the next pieces of prompts. A prompt that is read to its end decodes from the next forward on. */
function readPrompts(running: readonly Running[]): {
  readonly tokens: number;
  readonly sequences: number;
  readonly done: readonly Running[];
} {
  let [tokens, sequences] = [0, 0];
  const done: Running[] = [];
  for (const sequence of running) {
    const piece = Math.min(sequence.unread, PREFILL_CHUNK - tokens);
    if (piece === 0) continue;
    tokens += piece;
    sequences++;
    if (piece === sequence.unread) done.push(sequence);
    else sequence.unread -= piece;
  }
  return { tokens, sequences, done };
}

import type { DraftController, DraftPlan } from '@foretoken/core';
import { type Judged, judgeDraft } from './judge-draft.js';
import type { Machine } from './machines.js';
import { noisyTimings } from './noisy-timings.js';
import type { SimulatedText, Simulation } from './simulate.js';

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

type Part = { readonly sequence: Running; readonly plan: DraftPlan; readonly judged: Judged; readonly draft: number };

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
    const first = result.forwards % Math.max(1, decoders.length);
    const turns = [...decoders.slice(first), ...decoders.slice(0, first)];
    const activeSequences = decoders.length + prefill.sequences;
    let otherTokens = prefill.tokens + decoders.length - 1;
    const parts = turns.map((sequence): Part => {
      const part = draft(sequence, {
        activeSequences,
        otherTokens,
        promptTokens: prefill.tokens,
        unit: machine.forward(1),
      });
      otherTokens += part.judged.drafted;
      return part;
    });
    const forwardTokens = otherTokens + 1;
    const forward = machine.forward(forwardTokens);
    const seen = noisy(forward);
    result.forwards++;
    result.milliseconds += forward + parts.reduce((sum, part) => sum + part.draft, 0);
    for (const { sequence, plan, judged, draft } of parts) {
      const emitted = Math.min(judged.accepted + 1, sequence.tokens - sequence.position);
      sequence.controller.observe({
        plan,
        ...judged,
        emitted,
        milliseconds: { draft: noisy(draft), forward: seen, verify: 0 },
        activeSequences,
        forwardTokens,
        promptTokens: prefill.tokens,
        contextLength: sequence.request.promptTokens + sequence.position,
      });
      sequence.position += emitted;
      result.tokens += emitted;
      result.drafted += judged.drafted;
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

function draft(
  sequence: Running,
  round: {
    readonly activeSequences: number;
    readonly otherTokens: number;
    readonly promptTokens: number;
    readonly unit: number;
  },
): Part {
  const { request, controller, position, tokens } = sequence;
  const { activeSequences, otherTokens, promptTokens, unit } = round;
  const plan = controller.plan({
    drafters: [...request.text.keys()],
    contextLength: request.promptTokens + position,
    remainingTokens: tokens - position,
    activeSequences,
    otherTokens,
    promptTokens,
  });
  const judged = judgeDraft(plan, request.text, position);
  const price = plan.kind === 'speculate' ? request.drafters[plan.drafter]?.price : undefined;
  const milliseconds = price === undefined ? 0 : unit * (price.round + price.token * judged.drafted);
  return { sequence, plan, judged, draft: milliseconds };
}

import type { LanguageModel } from '../contracts/language-model.js';
import { InvalidArgumentError } from '../errors.js';

/** What a forward of so many tokens of one sequence took. */
export interface ForwardTiming {
  /** Tokens scored in the forward. */
  readonly tokens: number;
  readonly milliseconds: number;
}

export interface CalibrationOptions {
  /** Sizes to measure, in tokens. Integers >= 1. @default [1, 2, 4, 8, 16] */
  readonly sizes?: readonly number[];
  /** Least number of times that each size is measured, in turns. Integer >= 1. @default 3 */
  readonly repetitions?: number;
  /** Milliseconds for which measuring goes on after that: passes of a small model are over too soon to tell much. @default 250 */
  readonly duration?: number;
  /** Milliseconds from any fixed point. @default performance.now */
  readonly now?: () => number;
}

/**
 * Measures how long forward passes over a few tokens take on this machine, so that a controller knows these costs from
 * the start. Runs forward passes of all sizes in turns, the largest first, on a temporary sequence of the model, after
 * one of the largest size that does not count. The smallest size gets its shortest time, since other load can only
 * increase it, and a larger one the median of how many times as long it took in the same turn. Sizes that the context
 * does not hold are left out.
 *
 * Throws `InvalidArgumentError` for options out of range, and what the model throws.
 *
 * @example
 * ```ts
 * import { planner, type Planner } from '@foretoken/adaptive';
 * import { calibrateForwards, type LanguageModel } from '@foretoken/core';
 *
 * async function plannerFor(model: LanguageModel): Promise<Planner> {
 *   return planner({ calibration: await calibrateForwards(model) });
 * }
 * ```
 */
export async function calibrateForwards(
  model: LanguageModel,
  options: CalibrationOptions = {},
): Promise<ForwardTiming[]> {
  const { sizes = [1, 2, 4, 8, 16], repetitions = 3, duration = 250, now = () => performance.now() } = options;
  for (const size of [...sizes, repetitions]) {
    if (Number.isInteger(size) && size >= 1) continue;
    throw new InvalidArgumentError(`Calibration sizes and repetitions must be integers >= 1, but one is ${size}.`, {
      sizes,
      repetitions,
    });
  }
  if (!(duration >= 0 && duration < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError(`The duration of a calibration must be a number >= 0, but is ${duration}.`, {
      duration,
    });
  }
  const possible = sizes.filter((size) => size <= model.contextLength).sort((a, b) => a - b);
  if (possible.length === 0) return [];
  const sequence = model.openSequence();
  const forward = async (size: number): Promise<number> => {
    const started = now();
    const { scores } = await model.forward([{ sequence, tokens: new Int32Array(size), want: 'all' }]);
    scores[0]?.argmax();
    sequence.commit([]);
    return now() - started;
  };
  try {
    // Weights and working memory are there from then on.
    await forward(possible.at(-1) ?? 1);
    const turns: number[][] = [];
    for (const end = now() + duration; turns.length < repetitions || now() < end; ) {
      const turn: number[] = [];
      // From the largest: the pass after it also frees the memory of all its logits, which one row would pay dearly for.
      for (const size of possible.toReversed()) turn.unshift(await forward(size));
      turns.push(turn);
    }
    const shortest = Math.min(...turns.map(([first = 0]) => first));
    return possible.map((tokens, place) => {
      const ratios = turns.map((turn) => (turn[place] ?? 0) / (turn[0] || 1)).sort((a, b) => a - b);
      return { tokens, milliseconds: shortest * (ratios[ratios.length >> 1] ?? 1) };
    });
  } finally {
    sequence.close();
  }
}

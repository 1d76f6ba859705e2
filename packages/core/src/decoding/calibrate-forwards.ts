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
  /** Times that each size is measured, in turns; the shortest time counts. Integer >= 1. @default 3 */
  readonly repetitions?: number;
  /** Milliseconds from any fixed point. @default performance.now */
  readonly now?: () => number;
}

/**
 * Measures how long forward passes over a few tokens take on this machine, so that a controller knows these costs from
 * the start. Runs `sizes x repetitions` forward passes on a temporary sequence of the model, after one of the largest size
 * that does not count. The shortest time of each size counts, since other load on the machine can only increase it.
 * Sizes that the context does not hold are left out.
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
  const { sizes = [1, 2, 4, 8, 16], repetitions = 3, now = () => performance.now() } = options;
  for (const size of [...sizes, repetitions]) {
    if (Number.isInteger(size) && size >= 1) continue;
    throw new InvalidArgumentError(`Calibration sizes and repetitions must be integers >= 1, but one is ${size}.`, {
      sizes,
      repetitions,
    });
  }
  const possible = sizes.filter((size) => size <= model.contextLength);
  const sequence = model.openSequence();
  const forward = async (size: number): Promise<void> => {
    const { scores } = await model.forward([{ sequence, tokens: new Int32Array(size), want: 'all' }]);
    scores[0]?.argmax();
    sequence.commit([]);
  };
  try {
    const shortest = new Map(possible.map((size) => [size, Number.POSITIVE_INFINITY]));
    // Weights and working memory are there from then on.
    if (possible.length > 0) await forward(Math.max(...possible));
    for (let round = 0; round < repetitions; round++) {
      for (const [size, least] of shortest) {
        const started = now();
        await forward(size);
        shortest.set(size, Math.min(least, now() - started));
      }
    }
    return [...shortest].map(([tokens, milliseconds]) => ({ tokens, milliseconds }));
  } finally {
    sequence.close();
  }
}

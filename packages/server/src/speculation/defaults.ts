import type { CalibrationOptions } from '@foretoken/core';

/** The model that is taken when none is named: small enough for any machine. */
export const DEFAULT_MODEL = 'smollm2-135m-instruct';

/** Most tokens of a generation that names no limit. */
export const DEFAULT_MAX_TOKENS = 256;

/** Depths that controllers step through. */
export const DEFAULT_DEPTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48] as const;

/**
 * Guesses a round, for controllers that don't know what a forward costs. On native TensorFlow a forward of eight rows
 * (seven guesses and the token they hang off) costs little more than one of one row; on the portable backends the cost
 * grows with every row.
 */
export function defaultDepth(device: string): number {
  return device === 'wasm' || device === 'js' ? 3 : 7;
}

/** Longest run of guesses that may be asked for: a forward of more tokens costs more than such a guess ever wins. */
export const MAX_DEPTH = 64;

/**
 * Guesses that are more likely wrong than right are left out. Where a row more costs next to nothing they would still
 * pay: in a replay of the benchmark's answers with measured forward costs 0 in place of 0.5 gave 2.45x in place of
 * 2.17x, with 58 % of the guesses accepted in place of 82 %.
 */
export const DEFAULT_MINIMUM_CONFIDENCE = 0.5;

/**
 * How forwards are measured before the first answer: half a second on a small model, little where they are slow. Larger
 * ones too where several sequences share a forward.
 */
export function calibrationFor(device: string, sequences: number): CalibrationOptions | undefined {
  switch (device) {
    case 'js':
      return undefined;
    case 'wasm':
      return { sizes: [1, 4], repetitions: 1 };
    default:
      return { sizes: sequences > 1 ? [1, 2, 4, 8, 16, 32] : [1, 2, 4, 8, 16], repetitions: 3 };
  }
}

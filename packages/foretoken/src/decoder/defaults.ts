/** The model that is taken when none is named: small enough for any machine. */
export const DEFAULT_MODEL = 'smollm2-135m-instruct';

/** Most tokens of a generation that names no limit. */
export const DEFAULT_MAX_TOKENS = 256;

/**
 * Guesses a round. On native TensorFlow a forward of eight rows (seven guesses and the token they hang off) costs
 * little more than one of one row; on the portable backends the cost grows with every row.
 */
export function defaultDepth(device: string): number {
  return device === 'wasm' || device === 'js' ? 3 : 7;
}

/** Longest run of guesses that may be asked for: a forward of more tokens costs more than such a guess ever wins. */
export const MAX_DEPTH = 64;

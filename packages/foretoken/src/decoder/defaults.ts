/** The model that is taken when none is named: small enough for any machine. */
export const DEFAULT_MODEL = 'smollm2-135m-instruct';

/** Most tokens of a generation that names no limit. */
export const DEFAULT_MAX_TOKENS = 256;

/** Seven guesses and the token they hang off make a forward of eight rows, which costs little more than one of one. */
export const DEFAULT_DEPTH = 7;

/** Longest run of guesses that may be asked for: a forward of more tokens costs more than such a guess ever wins. */
export const MAX_DEPTH = 64;

import type { NativeAddon } from './native-addon.js';

/** The input of a chain of guesses for one sequence of a program's cache. */
export interface ChainInput {
  /** Slot of the cache. */
  readonly slot: number;
  /** Tokens already in the cache. */
  readonly start: number;
  /** New tokens before the first guess. Shape [n], n >= 1. */
  readonly tokens: Int32Array;
  /** Most guesses, 1 to 1024. */
  readonly most: number;
  /** Guessing ends with the guess at which the product of the confidences falls below this. In [0, 1]. */
  readonly minimumConfidence: number;
  /** Likeliest tokens that are given with each guess where none is drawn. Integer >= 1. @default 1 */
  readonly alternatives?: number;
  /** Draws guesses instead of taking the likeliest token. */
  readonly draw?: ChainDraw;
}

/** The distribution that guesses are sampled from. */
export interface ChainDraw {
  /** Likeliest tokens that take part, 2 or more. */
  readonly candidates: number;
  /** Divides the logits after the cuts below. Above 0. */
  readonly temperature: number;
  /** Only the likeliest tokens that together have this probability. In (0, 1]. */
  readonly topP: number;
  /** Only tokens with at least this share of the likeliest one's probability. In [0, 1]. */
  readonly minP: number;
  /** Numbers in [0, 1), one a guess. Shape [most]. */
  readonly uniforms: Float32Array;
}

/** The guesses of one sequence. All of them but the last are in the cache afterwards. */
export interface ChainOutput {
  /** Shape [guesses]. */
  readonly tokens: Int32Array;
  /** Probability of the likeliest token at each guess. Shape [guesses]. */
  readonly confidences: Float32Array;
  /**
   * Candidates of each guess, likeliest first, and what it was drawn by (0 behind the cuts) or, where none is drawn, their
   * probabilities among all tokens. Shapes [guesses, candidates].
   */
  readonly candidates: Int32Array;
  readonly probabilities: Float32Array;
}

/** Runs the chains of any number of sequences in one call. */
export function runChain(addon: NativeAddon, program: number, inputs: readonly ChainInput[]): ChainOutput[] {
  const most = Math.max(...inputs.map((input) => input.most));
  const size = Math.max(...inputs.map(candidatesOf));
  const [counts, tokens, confidences, candidates, probabilities] = addon.chain(program, inputs);
  return inputs.map((input, index) => {
    const first = index * most;
    const end = first + (counts[index] ?? 0);
    const own = candidatesOf(input);
    const listed = [first * size, first * size + (end - first) * own] as const;
    return {
      tokens: tokens.slice(first, end),
      confidences: confidences.slice(first, end),
      candidates: candidates.slice(...listed),
      probabilities: probabilities.slice(...listed),
    };
  });
}

function candidatesOf({ draw, alternatives = 1 }: ChainInput): number {
  return draw?.candidates ?? alternatives;
}

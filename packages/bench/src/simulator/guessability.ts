import { seededRandom } from '../seeded-random.js';

/** What a drafter would guess of one token of a text. */
export interface TokenGuess {
  /** Place of the right token among the drafter's guesses, 0 = first; `Infinity`: it is not among them. */
  readonly rank: number;
  /** Whether the drafter guesses at all when it is asked here. */
  readonly found: boolean;
  /** The drafter's confidence in its first guess, in [0, 1]. */
  readonly confidence?: number;
}

/** For each position of a text, what a drafter would guess: the same whichever controller asks. */
export type Guessability = (tokens: number, seed: number) => readonly TokenGuess[];

const NOWHERE = Number.POSITIVE_INFINITY;

/** Each token is guessed with the same chance. */
export function independent(chance: number): Guessability {
  return regimes([chance], NOWHERE);
}

/** Content that changes every `length` tokens, with another chance each. */
export function regimes(chances: readonly number[], length: number): Guessability {
  return perToken((random, position) => {
    const chance = chances[Math.floor(position / length) % chances.length] ?? 0;
    return { rank: random() < chance ? 0 : NOWHERE, found: true };
  });
}

/** Copied passages of a mean length between passages of another, as in a summary that quotes. */
export function passages(
  copied: { readonly chance: number; readonly length: number },
  own: { readonly chance: number; readonly length: number },
): Guessability {
  return (tokens, seed) => {
    let present = own;
    return perToken((random) => {
      if (random() < 1 / present.length) present = present === own ? copied : own;
      return { rank: random() < present.chance ? 0 : NOWHERE, found: true };
    })(tokens, seed);
  };
}

/** A drafter that seldom finds anything, and then is right with a chance. */
export function seldom(hit: number, chance: number): Guessability {
  return perToken((random) => ({ rank: random() < chance ? 0 : NOWHERE, found: random() < hit }));
}

/** A drafter with a list of guesses: `chances[r]` is the chance that the right token has rank r. */
export function ranked(chances: readonly number[]): Guessability {
  return perToken((random) => {
    const drawn = random();
    let below = 0;
    const rank = chances.findIndex((chance) => {
      below += chance;
      return drawn < below;
    });
    return { rank: rank === -1 ? NOWHERE : rank, found: true };
  });
}

/**
 * A draft model: most tokens are easy, some hard, and its confidence tells them apart. `stated` turns the true chance
 * into what the model says.
 */
export function confident(stated: (chance: number) => number): Guessability {
  return perToken((random) => {
    const chance = random() < 0.65 ? 0.85 + 0.15 * random() : 0.7 * random();
    return { rank: random() < chance ? 0 : NOWHERE, found: true, confidence: stated(chance) };
  });
}

function perToken(guess: (random: () => number, position: number) => TokenGuess): Guessability {
  return (tokens, seed) => {
    const random = seededRandom(seed);
    return Array.from({ length: tokens }, (_, position) => guess(random, position));
  };
}

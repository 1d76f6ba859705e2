import type { Choice, LosslessOutcome } from './lossless-record.js';

/** Sums of floating point numbers in another order, as TensorFlow's own operations have, differ by less than this. In logits. */
export const TIE_MARGIN = 1e-3;

/**
 * Compares a speculative answer with the standard one, token by token. They are identical, or they part at a tie, or
 * they don't match. A tie is proven by both runs: in each of them the two tokens were the two best ones, with less
 * than `TIE_MARGIN` between their logits. What follows a tie is another text and is not compared. Only executors other
 * than `fused`, whose logits have the same bits whatever is computed with them, may part at ties.
 */
export function compareAnswers(
  standard: readonly Choice[],
  speculative: readonly Choice[],
  executor: string,
): LosslessOutcome {
  const length = Math.max(standard.length, speculative.length);
  for (let index = 0; index < length; index++) {
    const ours = standard[index];
    const theirs = speculative[index];
    if (ours !== undefined && ours.token === theirs?.token) continue;
    const tie =
      executor !== 'fused' && ours !== undefined && theirs !== undefined && isTie(ours, theirs) && isTie(theirs, ours);
    return { kind: tie ? 'tie' : 'mismatch', index, standard: ours, speculative: theirs };
  }
  return { kind: 'identical' };
}

function isTie(choice: Choice, other: Choice): boolean {
  return choice.margin < TIE_MARGIN && choice.top.includes(choice.token) && choice.top.includes(other.token);
}

import type { LanguageModel } from '@foretoken/core';
import { isTie } from './logit-tie.js';

/** Whether two greedy answers to a prompt are the same up to a place where the two best tokens are tied. Needs a free slot. */
export async function sameOrTie(
  model: LanguageModel,
  prompt: readonly number[],
  one: readonly number[],
  other: readonly number[],
): Promise<boolean> {
  const at = one.findIndex((token, index) => token !== other[index]);
  if (at < 0) return one.length === other.length;
  return isTie(model, [...prompt, ...one.slice(0, at)]);
}

import { answersOf } from '../results/answers.js';
import type { AnswerSample } from '../results/record.js';

/** How far the greedy answers of two methods agree. */
export interface Agreement {
  readonly prompts: number;
  /** Prompts with the same answer to the last token. */
  readonly same: number;
  /** Tokens that both answers begin with, of each prompt. */
  readonly prefixes: readonly number[];
  /** Tokens of the longer answer, of each prompt. */
  readonly lengths: readonly number[];
}

/** Agreement over the prompts that both methods answered. */
export function agreement(samples: readonly AnswerSample[], one: string, other: string): Agreement {
  const others = new Map(answersOf(samples, other).map(({ prompt, tokens }) => [prompt, tokens]));
  const prefixes: number[] = [];
  const lengths: number[] = [];
  for (const { prompt, tokens } of answersOf(samples, one)) {
    const counterpart = others.get(prompt);
    if (counterpart === undefined) continue;
    prefixes.push(commonPrefix(tokens, counterpart));
    lengths.push(Math.max(tokens.length, counterpart.length));
  }
  const same = prefixes.filter((prefix, index) => prefix === lengths[index]).length;
  return { prompts: prefixes.length, same, prefixes, lengths };
}

/** How many tokens both begin with. */
export function commonPrefix(one: readonly number[], other: readonly number[]): number {
  const parting = one.findIndex((token, index) => token !== other[index]);
  return parting === -1 ? one.length : parting;
}

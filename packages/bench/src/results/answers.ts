import type { AnswerSample } from './record.js';
import { distinct, sum } from './statistics.js';

/** Name of the group of all prompts. */
export const ALL = 'all';
/** Name of the group of `COPYING_CATEGORIES`. */
export const COPYING = 'copying tasks';
/** Kinds of work whose answers repeat most of what their prompts hold: what speculation by lookup is for. */
const COPYING_CATEGORIES: readonly string[] = ['code-edit', 'extraction', 'summarise-with-quotes'];

/** What results are given for: every category in the order of its first sample, the copying tasks if several, and all. */
export function groupsOf<Sample extends { readonly category: string }>(
  samples: readonly Sample[],
): readonly { readonly category: string; readonly samples: readonly Sample[] }[] {
  const categories = distinct(samples, ({ category }) => category);
  const copying = categories.filter((category) => COPYING_CATEGORIES.includes(category));
  const group = (category: string, members: readonly string[]) => ({
    category,
    samples: samples.filter((sample) => members.includes(sample.category)),
  });
  return [
    ...categories.map((category) => group(category, [category])),
    ...(copying.length > 1 ? [group(COPYING, copying)] : []),
    group(ALL, categories),
  ];
}

/** The samples of one method. */
export function answersOf<Sample extends { readonly method: string }>(
  samples: readonly Sample[],
  method: string,
): readonly Sample[] {
  return samples.filter((sample) => sample.method === method);
}

/** Tokens a second, total tokens over total time: while decoding, or with prefill counted in. */
export function rate(samples: readonly AnswerSample[], withPrefill = false): number {
  const time = sum(samples, ({ statistics: { milliseconds } }) =>
    withPrefill ? milliseconds.decode + milliseconds.prefill : milliseconds.decode,
  );
  return (1000 * sum(samples, ({ tokens }) => tokens.length)) / time;
}

export function promptsOf(samples: readonly { readonly prompt: string }[]): number {
  return distinct(samples, ({ prompt }) => prompt).length;
}

import {
  acceptanceRate,
  addStatistics,
  type DecodingStatistics,
  meanAcceptanceLength,
  NO_STATISTICS,
} from '@foretoken/core';
import { type DecodeMethod, type DecodeSample, STANDARD } from './decode-record.js';

/** What the samples of one method in one category come to, against standard decoding of the same prompts. */
export interface MethodResult {
  /** Kind of work; `COPYING` for those that copy most of their prompt, `ALL` for the whole workload. */
  readonly category: string;
  readonly method: DecodeMethod;
  readonly prompts: number;
  /** Tokens a second while decoding: total tokens over total time. */
  readonly tokensPerSecond: number;
  readonly standardTokensPerSecond: number;
  /** Ratio of the two rates. */
  readonly speedup: number;
  /** The same ratio with prefill counted in. */
  readonly speedupWithPrefill: number;
  /** Accepted guesses / guesses. */
  readonly acceptanceRate: number;
  /** Tokens a forward. */
  readonly meanAcceptanceLength: number;
  /** Prompts whose answer was not the one of standard decoding. */
  readonly different: number;
  /** Of a mean round. */
  readonly milliseconds: { readonly draft: number; readonly forward: number; readonly verify: number };
  /** Share of the rounds with guesses of each drafter, and of those without any (`standard`). They sum to 1. */
  readonly shares: Readonly<Record<string, number>>;
}

/** Name of the result over all categories. */
export const ALL = 'all';
/** Name of the result over `COPYING_CATEGORIES`. */
export const COPYING = 'copying tasks';
/** Kinds of work whose answers repeat most of what their prompts hold: what speculation by lookup is for. */
const COPYING_CATEGORIES: readonly string[] = ['code-edit', 'extraction', 'summarise-with-quotes'];

/** Results of one method by category, in the order of their first sample, then over the copying tasks and over all. */
export function methodResults(samples: readonly DecodeSample[], method: DecodeMethod): readonly MethodResult[] {
  return groupsOf(samples).map(({ name, categories }) =>
    resultOf(
      name,
      method,
      samples.filter(({ category }) => categories.includes(category)),
    ),
  );
}

/** What results are given for: every category in the order of its first sample, the copying tasks if several, and all. */
export function groupsOf(
  samples: readonly { readonly category: string }[],
): readonly { readonly name: string; readonly categories: readonly string[] }[] {
  const categories = [...new Set(samples.map(({ category }) => category))];
  const copying = categories.filter((category) => COPYING_CATEGORIES.includes(category));
  return [
    ...categories.map((category) => ({ name: category, categories: [category] })),
    ...(copying.length > 1 ? [{ name: COPYING, categories: copying }] : []),
    { name: ALL, categories },
  ];
}

/** The category in which the method gains least. */
export function worstCategory(results: readonly MethodResult[]): MethodResult | undefined {
  const [first, ...others] = results.filter(({ category }) => category !== ALL && category !== COPYING);
  return others.reduce((worst, result) => (worst && worst.speedup <= result.speedup ? worst : result), first);
}

function resultOf(category: string, method: DecodeMethod, samples: readonly DecodeSample[]): MethodResult {
  const standard = samples.filter((sample) => sample.method === STANDARD);
  const own = samples.filter((sample) => sample.method === method);
  const counted = inAll(own);
  const { rounds, milliseconds } = counted;
  return {
    category,
    method,
    prompts: new Set(own.map(({ prompt }) => prompt)).size,
    tokensPerSecond: rate(own, decodeTime),
    standardTokensPerSecond: rate(standard, decodeTime),
    speedup: rate(own, decodeTime) / rate(standard, decodeTime),
    speedupWithPrefill: rate(own, wholeTime) / rate(standard, wholeTime),
    acceptanceRate: acceptanceRate(counted),
    meanAcceptanceLength: meanAcceptanceLength(counted),
    different: differentAnswers(standard, own),
    milliseconds: {
      draft: milliseconds.draft / rounds,
      forward: milliseconds.forward / rounds,
      verify: milliseconds.verify / rounds,
    },
    shares: sharesOf(counted),
  };
}

function sharesOf({ byDrafter, standardRounds, rounds }: DecodingStatistics): Readonly<Record<string, number>> {
  const counts = Object.entries(byDrafter).map(([name, counted]) => [name, counted.rounds] as const);
  const all = [...counts.sort(([, a], [, b]) => b - a), [STANDARD, standardRounds] as const];
  return Object.fromEntries(all.map(([name, count]) => [name, count / rounds]));
}

function differentAnswers(standard: readonly DecodeSample[], own: readonly DecodeSample[]): number {
  const answers = new Map(standard.map(({ prompt, tokens }) => [prompt, tokens.join()]));
  return new Set(own.filter(({ prompt, tokens }) => answers.get(prompt) !== tokens.join()).map(({ prompt }) => prompt))
    .size;
}

type Milliseconds = DecodingStatistics['milliseconds'];
const decodeTime = ({ decode }: Milliseconds): number => decode;
const wholeTime = ({ decode, prefill }: Milliseconds): number => decode + prefill;

function rate(samples: readonly DecodeSample[], time: (milliseconds: Milliseconds) => number): number {
  const tokens = samples.reduce((total, sample) => total + sample.tokens.length, 0);
  return (tokens * 1000) / time(inAll(samples).milliseconds);
}

function inAll(samples: readonly DecodeSample[]): DecodingStatistics {
  return samples.reduce((sum, { statistics }) => addStatistics(sum, statistics), NO_STATISTICS);
}

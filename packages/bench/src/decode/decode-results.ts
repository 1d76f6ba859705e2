import {
  acceptanceRate,
  addStatistics,
  type DecodingStatistics,
  meanAcceptanceLength,
  NO_STATISTICS,
} from '@foretoken/core';
import { ALL, answersOf, COPYING, groupsOf, promptsOf, rate } from '../results/answers.js';
import { distinct } from '../results/statistics.js';
import { type DecodeSample, STANDARD } from './decode-record.js';

/** What the samples of one method in one group of prompts come to, against standard decoding of the same prompts. */
export type MethodResult = ReturnType<typeof resultOf>;

/** Results of one method by category, in the order of their first sample, then over the copying tasks and over all. */
export function methodResults(samples: readonly DecodeSample[], method: string): readonly MethodResult[] {
  return groupsOf(samples).map((group) =>
    resultOf(group.category, method, answersOf(group.samples, STANDARD), answersOf(group.samples, method)),
  );
}

/** The category in which the method gains least. */
export function worstCategory(results: readonly MethodResult[]): MethodResult | undefined {
  const [first, ...others] = results.filter(({ category }) => category !== ALL && category !== COPYING);
  return others.reduce((worst, result) => (worst && worst.speedup <= result.speedup ? worst : result), first);
}

function resultOf(category: string, method: string, standard: readonly DecodeSample[], own: readonly DecodeSample[]) {
  const counted = own.reduce((total, { statistics }) => addStatistics(total, statistics), NO_STATISTICS);
  const { rounds, milliseconds } = counted;
  return {
    category,
    method,
    prompts: promptsOf(own),
    tokensPerSecond: rate(own),
    standardTokensPerSecond: rate(standard),
    speedup: rate(own) / rate(standard),
    speedupWithPrefill: rate(own, true) / rate(standard, true),
    acceptanceRate: acceptanceRate(counted),
    meanAcceptanceLength: meanAcceptanceLength(counted),
    /** Prompts whose answer was not the one of standard decoding. */
    different: differentAnswers(standard, own),
    /** Of a mean round. */
    milliseconds: {
      draft: milliseconds.draft / rounds,
      forward: milliseconds.forward / rounds,
      verify: milliseconds.verify / rounds,
    },
    /** Share of the rounds with guesses of each drafter, and of those without any (`standard`). They sum to 1. */
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
  return distinct(
    own.filter(({ prompt, tokens }) => answers.get(prompt) !== tokens.join()),
    ({ prompt }) => prompt,
  ).length;
}

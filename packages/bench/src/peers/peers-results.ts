import { groupsOf } from '../decode/decode-results.js';
import type { EngineName } from './engine-messages.js';
import type { PeerAnswer, PeerMethod } from './peers-record.js';

/** Decoding speed of every method in one group of prompts. */
export interface PeerRates {
  /** A kind of work, or `COPYING` or `ALL` of the decode benchmark. */
  readonly category: string;
  readonly prompts: number;
  /** Tokens a second while decoding, total tokens over total time, by `methodName`. */
  readonly tokensPerSecond: Readonly<Record<string, number>>;
  /** The same with prefill counted in. */
  readonly withPrefill: Readonly<Record<string, number>>;
}

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

/** As it is called in tables. */
export function methodName({ engine, mode }: PeerMethod): string {
  return `${engine} ${mode}`;
}

/** The methods that answered, in the order of the first prompt's turns. */
export function methodsOf(answers: readonly PeerAnswer[]): readonly PeerMethod[] {
  return [...new Map(answers.map((answer) => [methodName(answer), answer])).values()].map(({ engine, mode }) => ({
    engine,
    mode,
  }));
}

/** Rates by kind of work, then over the copying tasks and over all. */
export function peerRates(answers: readonly PeerAnswer[]): readonly PeerRates[] {
  const methods = methodsOf(answers);
  return groupsOf(answers).map(({ name, categories }) => {
    const chosen = answers.filter(({ category }) => categories.includes(category));
    const ratesBy = (time: (answer: PeerAnswer) => number): Readonly<Record<string, number>> =>
      Object.fromEntries(
        methods.map((method) => {
          const own = answersOf(chosen, method);
          return [methodName(method), (1000 * sum(own, ({ tokens }) => tokens.length)) / sum(own, time)];
        }),
      );
    return {
      category: name,
      prompts: new Set(chosen.map(({ prompt }) => prompt)).size,
      tokensPerSecond: ratesBy(({ milliseconds }) => milliseconds.decode),
      withPrefill: ratesBy(({ milliseconds }) => milliseconds.decode + milliseconds.prefill),
    };
  });
}

/** The method of an engine that decodes fastest over all prompts; `undefined` when it answered none. */
export function bestMethod(answers: readonly PeerAnswer[], engine: EngineName): PeerMethod | undefined {
  const rates = peerRates(answers).at(-1)?.tokensPerSecond ?? {};
  const rate = (method: PeerMethod): number => rates[methodName(method)] ?? 0;
  const [first, ...others] = methodsOf(answers).filter((method) => method.engine === engine);
  return others.reduce((best, method) => (best && rate(best) >= rate(method) ? best : method), first);
}

/** Agreement over the prompts that both methods answered. */
export function agreement(answers: readonly PeerAnswer[], one: PeerMethod, other: PeerMethod): Agreement {
  const others = new Map(answersOf(answers, other).map(({ prompt, tokens }) => [prompt, tokens]));
  const prefixes: number[] = [];
  const lengths: number[] = [];
  for (const { prompt, tokens } of answersOf(answers, one)) {
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

/** The answers of one method. */
export function answersOf(answers: readonly PeerAnswer[], { engine, mode }: PeerMethod): readonly PeerAnswer[] {
  return answers.filter((answer) => answer.engine === engine && answer.mode === mode);
}

function sum<T>(values: readonly T[], value: (item: T) => number): number {
  return values.reduce((total, item) => total + value(item), 0);
}

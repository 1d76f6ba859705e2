import { acceptanceRate, meanAcceptanceLength } from '@foretoken/core';
import { markdownTable } from '../results/markdown-table.js';
import type { DecodeMethod, DecodeRecord, DecodeSample } from './decode-record.js';

/** What the samples of one category come to. */
export interface CategoryResult {
  readonly category: string;
  readonly prompts: number;
  /** Tokens a second while decoding: total tokens over total time. */
  readonly tokensPerSecond: Readonly<Record<DecodeMethod, number>>;
  /** Ratio of the two rates. */
  readonly speedup: number;
  /** The same ratio with prefill counted in. */
  readonly speedupWithPrefill: number;
  readonly acceptanceRate: number;
  readonly meanAcceptanceLength: number;
  /** Whether every generation gave the same tokens with both methods. */
  readonly identical: boolean;
}

/** Results by category, in the order of their first sample, then over all samples. */
export function categoryResults(samples: readonly DecodeSample[]): readonly CategoryResult[] {
  const categories = [...new Set(samples.map(({ category }) => category))];
  return [
    ...categories.map((category) =>
      resultOf(
        category,
        samples.filter((sample) => sample.category === category),
      ),
    ),
    resultOf('all', samples),
  ];
}

/** The table of a record. */
export function decodeSummary({ samples, options }: DecodeRecord): string {
  const header = [
    'category',
    'prompts',
    'standard tok/s',
    'lookup tok/s',
    'speedup',
    'with prefill',
    'accepted',
    'tokens a forward',
    'identical',
  ];
  const rows = categoryResults(samples).map((result) => [
    result.category,
    String(result.prompts),
    result.tokensPerSecond.standard.toFixed(1),
    result.tokensPerSecond.lookup.toFixed(1),
    `${result.speedup.toFixed(2)}x`,
    `${result.speedupWithPrefill.toFixed(2)}x`,
    `${(100 * result.acceptanceRate).toFixed(0)} %`,
    result.meanAcceptanceLength.toFixed(2),
    result.identical ? 'yes' : 'NO',
  ]);
  return `${options.model} on ${options.device} (${options.executor}), greedy, at most ${options.maximumTokens} tokens, depth ${options.depth}, ${options.repeats} repeats. Standard and lookup run prompt by prompt in alternating order; rates are total tokens over total time.

${markdownTable(header, rows)}`;
}

function resultOf(category: string, samples: readonly DecodeSample[]): CategoryResult {
  const of = (method: DecodeMethod) => samples.filter((sample) => sample.method === method);
  const standard = of('standard');
  const lookup = of('lookup');
  const tokensPerSecond = { standard: rate(standard, decodeTime), lookup: rate(lookup, decodeTime) };
  const counters = {
    accepted: sum(lookup, ({ accepted }) => accepted),
    drafted: sum(lookup, ({ drafted }) => drafted),
    rounds: sum(lookup, ({ rounds }) => rounds),
  };
  return {
    category,
    prompts: new Set(samples.map(({ prompt }) => prompt)).size,
    tokensPerSecond,
    speedup: tokensPerSecond.lookup / tokensPerSecond.standard,
    speedupWithPrefill: rate(lookup, wholeTime) / rate(standard, wholeTime),
    acceptanceRate: acceptanceRate(counters),
    meanAcceptanceLength: meanAcceptanceLength(counters),
    identical: isIdentical(samples),
  };
}

function isIdentical(samples: readonly DecodeSample[]): boolean {
  const answers = new Map<string, string>();
  return samples.every(({ prompt, tokens }) => {
    const answer = tokens.join();
    const known = answers.get(prompt) ?? answer;
    answers.set(prompt, known);
    return known === answer;
  });
}

const decodeTime = ({ milliseconds }: DecodeSample): number => milliseconds.decode;
const wholeTime = ({ milliseconds }: DecodeSample): number => milliseconds.decode + milliseconds.prefill;

function rate(samples: readonly DecodeSample[], time: (sample: DecodeSample) => number): number {
  return (sum(samples, ({ tokens }) => tokens.length) * 1000) / sum(samples, time);
}

function sum(samples: readonly DecodeSample[], value: (sample: DecodeSample) => number): number {
  return samples.reduce((total, sample) => total + value(sample), 0);
}

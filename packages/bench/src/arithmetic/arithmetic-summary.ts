import { distinct, sum } from '../results/statistics.js';
import { percent, table, times } from '../results/table.js';
import type { ArithmeticRecord, WindowSample } from './arithmetic-record.js';

/** Sums up windows. */
export function arithmeticResult(windows: readonly WindowSample[]) {
  const total = (value: (sample: WindowSample) => number): number => sum(windows, value);
  const tokens = total((sample) => sample.tokens);
  const exact = total(({ exactLoss }) => exactLoss) / tokens;
  const integer = total(({ integerLoss }) => integerLoss) / tokens;
  const mean = integer - exact;
  const squares = total((sample) => (sample.integerLoss - sample.exactLoss - mean * sample.tokens) ** 2);
  const count = windows.length;
  return {
    tokens,
    exactPerplexity: Math.exp(exact),
    integerPerplexity: Math.exp(integer),
    /** Integer over exact perplexity, less 1. */
    rise: Math.expm1(mean),
    /** Standard error of the rise, from the differences between windows; NaN with one. */
    riseError: count > 1 ? Math.sqrt((squares * count) / (count - 1)) / tokens : Number.NaN,
    /** Mean Kullback-Leibler divergence of a token, in nats. */
    divergence: total(({ divergence }) => divergence) / tokens,
    /** Share of tokens with the same likeliest next token. */
    sameGreedy: total(({ sameGreedy }) => sameGreedy) / tokens,
    /** How many times as fast the integer forwards were. */
    speedup: total(({ milliseconds }) => milliseconds.exact) / total(({ milliseconds }) => milliseconds.integer),
  };
}

/** The table of a record: a row for prose, for code and for both, of each model. */
export function arithmeticSummary({ samples, options }: ArithmeticRecord): string {
  const rows = distinct(samples, ({ model }) => model).flatMap((model) =>
    (['prose', 'code', 'all'] as const).flatMap((kind) => {
      const own = samples.filter((sample) => sample.model === model && (kind === 'all' || sample.kind === kind));
      return own.length === 0 ? [] : [{ model, kind, ...arithmeticResult(own) }];
    }),
  );
  return [
    `Products in integers against exact ones, on real prose and code in windows of ${options.window} tokens. The rise of the perplexity is given with its standard error; forwards read every row of logits, ${options.window} tokens in small pieces.`,
    table(rows, [
      ['model', ({ model }) => model],
      ['text', ({ kind }) => kind],
      ['tokens', ({ tokens }) => tokens],
      ['perplexity exact', ({ exactPerplexity }) => exactPerplexity.toFixed(3)],
      ['integer', ({ integerPerplexity }) => integerPerplexity.toFixed(3)],
      [
        'rise',
        ({ rise, riseError }) =>
          percent(rise, 2) + (Number.isNaN(riseError) ? '' : ` ± ${(100 * riseError).toFixed(2)}`),
      ],
      ['KL divergence', ({ divergence }) => divergence.toExponential(1)],
      ['same greedy token', ({ sameGreedy }) => percent(sameGreedy, 2)],
      ['forwards', ({ speedup }) => times(speedup)],
    ]),
  ].join('\n\n');
}

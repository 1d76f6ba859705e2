import { markdownTable } from '../results/markdown-table.js';
import type { ArithmeticRecord, WindowSample } from './arithmetic-record.js';

/** What the windows of one kind come to. */
export interface ArithmeticResult {
  readonly tokens: number;
  readonly exactPerplexity: number;
  readonly integerPerplexity: number;
  /** Integer over exact perplexity, less 1. */
  readonly rise: number;
  /** Standard error of the rise, from the differences between windows; NaN with one. */
  readonly riseError: number;
  /** Mean Kullback-Leibler divergence of a token, in nats. */
  readonly divergence: number;
  /** Share of tokens with the same likeliest next token. */
  readonly sameGreedy: number;
  /** How many times as fast the integer forwards were. */
  readonly speedup: number;
}

/** Sums up windows. */
export function arithmeticResult(windows: readonly WindowSample[]): ArithmeticResult {
  const total = (value: (sample: WindowSample) => number): number =>
    windows.reduce((sum, sample) => sum + value(sample), 0);
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
    rise: Math.expm1(mean),
    riseError: count > 1 ? Math.sqrt((squares * count) / (count - 1)) / tokens : Number.NaN,
    divergence: total(({ divergence }) => divergence) / tokens,
    sameGreedy: total(({ sameGreedy }) => sameGreedy) / tokens,
    speedup: total(({ milliseconds }) => milliseconds.exact) / total(({ milliseconds }) => milliseconds.integer),
  };
}

/** The table of a record: a row for prose, for code and for both, of each model. */
export function arithmeticSummary({ models, options }: ArithmeticRecord): string {
  const rows = models.flatMap(({ model, windows }) =>
    (['prose', 'code', 'all'] as const).flatMap((kind) => {
      const own = windows.filter((window) => kind === 'all' || window.kind === kind);
      return own.length === 0 ? [] : [[model, kind, ...cells(arithmeticResult(own))]];
    }),
  );
  const header = [
    ...['model', 'text', 'tokens', 'perplexity exact', 'integer', 'rise', 'KL divergence', 'same greedy token'],
    'forwards',
  ];
  return [
    `Products in integers against exact ones, on real prose and code in windows of ${options.window} tokens. The rise of the perplexity is given with its standard error; forwards read every row of logits, ${options.window} tokens in small pieces.`,
    markdownTable(header, rows),
  ].join('\n\n');
}

function cells(result: ArithmeticResult): readonly string[] {
  return [
    String(result.tokens),
    result.exactPerplexity.toFixed(3),
    result.integerPerplexity.toFixed(3),
    `${(100 * result.rise).toFixed(2)} %${Number.isNaN(result.riseError) ? '' : ` ± ${(100 * result.riseError).toFixed(2)}`}`,
    result.divergence.toExponential(1),
    `${(100 * result.sameGreedy).toFixed(2)} %`,
    `${result.speedup.toFixed(2)}x`,
  ];
}

import type { BenchmarkRecord } from '../results/record.js';
import type { CorpusText } from './corpus.js';

/** Sums over the scored tokens of one window. */
export interface WindowSample {
  readonly model: string;
  /** Name of the text, and which of its windows. */
  readonly window: string;
  readonly kind: CorpusText['kind'];
  /** Tokens scored. */
  readonly tokens: number;
  /** Sum of −log p of the text's tokens, in nats. */
  readonly exactLoss: number;
  readonly integerLoss: number;
  /** Sum of the Kullback-Leibler divergences of integer from exact, in nats. */
  readonly divergence: number;
  /** Tokens at which both have the same likeliest next token. */
  readonly sameGreedy: number;
  /** What the forwards took, every row of logits read. */
  readonly milliseconds: { readonly exact: number; readonly integer: number };
}

export interface ArithmeticOptions {
  /** Tokens scored with each model, at least. */
  readonly tokens: number;
  /** Tokens of a window. */
  readonly window: number;
}

/** Result of `measure:arithmetic`. */
export type ArithmeticRecord = BenchmarkRecord<ArithmeticOptions, WindowSample>;

import type { Environment } from '../results/environment.js';
import type { CorpusText } from './corpus.js';

/** Sums over the scored tokens of one window. */
export interface WindowSample {
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

/** Result of `measure:arithmetic`. */
export interface ArithmeticRecord {
  readonly environment: Environment;
  readonly options: {
    /** Tokens scored with each model, at least. */
    readonly tokens: number;
    /** Tokens of a window. */
    readonly window: number;
  };
  /** Seeds of everything random; empty because windows are spread, not drawn. */
  readonly seeds: readonly number[];
  readonly models: readonly { readonly model: string; readonly windows: readonly WindowSample[] }[];
}

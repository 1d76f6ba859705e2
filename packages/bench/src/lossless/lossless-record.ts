import type { DecodingStatistics } from '@foretoken/core';
import type { DecodeOptions } from '../decode/decode-record.js';
import type { BenchmarkRecord } from '../results/record.js';

/** What a comparison of one answer with the standard one came to. */
export type LosslessOutcome =
  | { readonly kind: 'identical' }
  /** From `index` on the answers differ, but there the two tokens were the two best of both runs, closer than a rounding error. */
  | ({ readonly kind: 'tie' } & Divergence)
  | ({ readonly kind: 'mismatch' } & Divergence);

/** Where two answers part, and what each run saw there. */
export interface Divergence {
  /** Position among the generated tokens, from 0. */
  readonly index: number;
  readonly standard: Choice | undefined;
  readonly speculative: Choice | undefined;
}

/** One choice of the target: the token and how clear it was. */
export interface Choice {
  readonly token: number;
  /** The best two tokens of the forward that the choice was made from, best first. */
  readonly top: readonly number[];
  /** Difference of their logits, >= 0. */
  readonly margin: number;
}

/** One answer with one configuration. */
export interface LosslessSample {
  /** `category/id`. */
  readonly prompt: string;
  readonly configuration: string;
  readonly outcome: LosslessOutcome;
  readonly statistics: DecodingStatistics;
  /** Of the drafter. A round of a broken drafter is a standard one, which proves nothing. */
  readonly firstError?: string;
}

export interface LosslessOptions extends Omit<DecodeOptions, 'repeats' | 'methods' | 'depth'> {
  readonly prompts: number;
  readonly configurations: readonly string[];
}

/** Result of `bench:lossless`; its seed is that of the noise. */
export type LosslessRecord = BenchmarkRecord<LosslessOptions, LosslessSample>;

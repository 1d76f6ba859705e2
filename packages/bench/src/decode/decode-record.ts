import type { FinishReason } from '@foretoken/core';
import type { TensorFlowReport } from '@foretoken/tensorflow';
import type { Environment } from '../results/environment.js';

/** How the tokens of a run were produced. */
export type DecodeMethod = 'standard' | 'lookup';

/** One generation. */
export interface DecodeSample {
  readonly prompt: string;
  readonly category: string;
  readonly repeat: number;
  readonly method: DecodeMethod;
  /** Whether this method went first for this prompt and repeat. */
  readonly first: boolean;
  readonly promptTokens: number;
  readonly tokens: readonly number[];
  readonly finishReason: FinishReason;
  readonly rounds: number;
  readonly drafted: number;
  readonly accepted: number;
  readonly milliseconds: {
    readonly prefill: number;
    readonly draft: number;
    readonly forward: number;
    readonly verify: number;
    readonly decode: number;
  };
}

/** Result of `bench:decode`. */
export interface DecodeRecord {
  readonly environment: Environment;
  readonly versions: TensorFlowReport['versions'];
  readonly options: {
    readonly model: string;
    readonly device: string;
    readonly executor: string;
    readonly maximumTokens: number;
    readonly repeats: number;
    readonly depth: number;
  };
  /** Seeds of everything random; empty because greedy decoding is not. */
  readonly seeds: readonly number[];
  readonly samples: readonly DecodeSample[];
}

import type { DecodingStatistics, FinishReason } from '@foretoken/core';
import type { TensorFlowReport } from '@foretoken/tensorflow';
import type { AnswerSample, BenchmarkRecord, ModelOptions } from '../results/record.js';

/** The method that every other one, a draft mode of `createDecoder`, is compared with. */
export const STANDARD = 'standard';

/** One generation. */
export interface DecodeSample extends AnswerSample {
  readonly statistics: DecodingStatistics;
  readonly repeat: number;
  readonly finishReason: FinishReason;
}

/** Memory of a process that answered the prompts with one method only. In bytes, resident. */
export interface MemorySample {
  readonly method: string;
  /** The most that the process ever held, loading included. */
  readonly peak: number;
  /** The most that it held when an answer was complete. */
  readonly decoding: number;
}

export interface DecodeOptions extends ModelOptions {
  readonly versions: TensorFlowReport['versions'];
  readonly arithmetic: string;
  readonly maximumTokens: number;
  readonly repeats: number;
  /** What was compared with standard decoding. */
  readonly methods: readonly string[];
  /** Longest run of guesses, if it was asked for. */
  readonly depth?: number;
}

/** Result of `bench:decode`. */
export interface DecodeRecord extends BenchmarkRecord<DecodeOptions, DecodeSample> {
  /** Standard decoding first; absent when it was not asked for. */
  readonly memory?: readonly MemorySample[];
}

import type { DecodingStatistics } from '@foretoken/core';
import type { Environment } from './environment.js';

/** Result of a benchmark: where it ran, what it was asked, and every single measurement. Tables are made from it. */
export interface BenchmarkRecord<Options, Sample> {
  readonly environment: Environment;
  readonly options: Options;
  /** Seeds of everything random; empty where nothing is drawn. */
  readonly seeds: readonly number[];
  readonly samples: readonly Sample[];
}

/** What a model was run with. */
export interface ModelOptions {
  readonly model: string;
  readonly device: string;
  readonly executor: string;
}

/** What was counted of an answer. Prefill is all but the last prompt token, decoding all from there to the last token. */
export interface AnswerStatistics
  extends Pick<DecodingStatistics, 'promptTokens' | 'draftedTokens' | 'acceptedTokens'> {
  readonly milliseconds: Pick<DecodingStatistics['milliseconds'], 'prefill' | 'decode'>;
}

/** One greedy answer to a prompt. */
export interface AnswerSample {
  /** `category/id`. */
  readonly prompt: string;
  readonly category: string;
  /** How it was decoded. */
  readonly method: string;
  /** How many methods answered this prompt before this one, in this repeat. */
  readonly turn: number;
  /** The end token included. */
  readonly tokens: readonly number[];
  readonly statistics: AnswerStatistics;
}

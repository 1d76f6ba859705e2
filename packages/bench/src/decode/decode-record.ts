import type { DecodingStatistics, FinishReason } from '@foretoken/core';
import type { TensorFlowReport } from '@foretoken/tensorflow';
import type { Environment } from '../results/environment.js';

/** How the tokens of a run were produced: `standard`, or the draft mode of `createDecoder`. */
export type DecodeMethod = string;

/** The method that every other one is compared with. */
export const STANDARD: DecodeMethod = 'standard';

/** One generation. */
export interface DecodeSample {
  /** `category/id`. */
  readonly prompt: string;
  readonly category: string;
  readonly repeat: number;
  readonly method: DecodeMethod;
  /** How many methods ran this prompt in this repeat before this one. */
  readonly turn: number;
  readonly tokens: readonly number[];
  readonly finishReason: FinishReason;
  readonly statistics: DecodingStatistics;
}

/** Memory of a process that answered the prompts with one method only. In bytes, resident. */
export interface MemorySample {
  readonly method: DecodeMethod;
  /** The most that the process ever held, loading included. */
  readonly peak: number;
  /** The most that it held when an answer was complete. */
  readonly decoding: number;
}

/** Result of `bench:decode`. */
export interface DecodeRecord {
  readonly environment: Environment;
  readonly versions: TensorFlowReport['versions'];
  readonly options: {
    readonly model: string;
    readonly device: string;
    readonly executor: string;
    /** Absent in records of versions that had no other than `exact`. */
    readonly arithmetic?: string;
    readonly maximumTokens: number;
    readonly repeats: number;
    /** What was compared with standard decoding. */
    readonly methods: readonly DecodeMethod[];
    /** Longest run of guesses, if it was asked for. */
    readonly depth?: number;
  };
  /** Seeds of everything random; empty because greedy decoding is not. */
  readonly seeds: readonly number[];
  readonly samples: readonly DecodeSample[];
  /** Standard decoding first; absent when it was not asked for. */
  readonly memory?: readonly MemorySample[];
}

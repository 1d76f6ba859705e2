import type { BenchmarkRecord, ModelOptions } from '../results/record.js';
import type { Load } from './generate-load.js';
import type { ChatOutcome } from './stream-chat.js';

/** How a server guesses: never; always to the full depth; as the controller decides, which is the default. */
export const SERVE_MODES = ['off', 'on', 'adaptive'] as const;

export type ServeMode = (typeof SERVE_MODES)[number];

/**
 * An answer against the one that the same prompt gets alone and without guesses. `tie`: they part where the two best
 * tokens are closer than rounding, in every way of computing them that was tried.
 */
export type Sameness = 'identical' | 'tie' | 'different';

/** One request. Milliseconds are rounded to tenths. */
export interface ServeAnswer {
  /** `category/id`. */
  readonly prompt: string;
  readonly outcome: ChatOutcome;
  /** Absent for a request that was not answered. */
  readonly sameness?: Sameness;
  /**
   * Time to the first text / the time that it takes when the prompt is asked alone and without guesses: what others cost
   * it, whatever the length of the prompt. Less than 1 where a server remembers part of the prompt. Absent for
   * a request that was not answered, and in records from before it was kept. The term: Bender, Chakrabarti,
   * Muthukrishnan, "Flow and Stretch Metrics for Scheduling Continuous Job Streams", SODA 1998.
   */
  readonly stretch?: number;
}

/** One load on the server of one mode, while the other servers wait. */
export interface ServeBlock {
  readonly load: Load;
  readonly mode: ServeMode;
  readonly repeat: number;
  /** How many modes had this load in this repeat before this one. */
  readonly turn: number;
  readonly milliseconds: number;
  /** Processor time of the engine's process, where the system tells. */
  readonly processorMilliseconds?: number;
  readonly answers: readonly ServeAnswer[];
}

export interface ServeOptions extends ModelOptions {
  /** Requests that an engine decodes at a time. */
  readonly sequences: number;
  readonly maximumTokens: number;
  readonly prompts: number;
  readonly repeats: number;
}

/** Result of `bench:serve`; a sample is one load on one server, its seeds are those of the arrivals of open loads. */
export type ServeRecord = BenchmarkRecord<ServeOptions, ServeBlock>;

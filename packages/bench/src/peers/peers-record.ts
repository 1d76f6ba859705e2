import type { Environment } from '../results/environment.js';
import type { EngineAnswer, EngineMode, EngineName } from './engine-messages.js';

/** An engine and how it decodes. */
export interface PeerMethod {
  readonly engine: EngineName;
  readonly mode: EngineMode;
}

/** What became of an engine: `absent` is a machine that it has no binary for. */
export type EngineRecord =
  | { readonly engine: EngineName; readonly state: 'measured'; readonly description: string }
  | { readonly engine: EngineName; readonly state: 'absent'; readonly reason: string };

/** One answer. */
export interface PeerAnswer extends PeerMethod, Omit<EngineAnswer, 'memory'> {
  /** `category/id`. */
  readonly prompt: string;
  readonly category: string;
  readonly promptTokens: number;
  /** How many methods answered this prompt before this one. */
  readonly turn: number;
}

/** One prefill of `PeersRecord.options.prefillTokens` tokens. */
export interface PrefillSample {
  readonly round: number;
  readonly engine: EngineName;
  readonly milliseconds: number;
}

/** One process from its start to the first token of an answer. */
export interface StartSample extends PeerMethod {
  readonly round: number;
  readonly milliseconds: number;
  /** Resident, in bytes. */
  readonly memory: {
    /** With the model loaded and nothing computed. */
    readonly loaded: number;
    /** After the first token. */
    readonly answered: number;
  };
}

/** Result of `bench:peers`. */
export interface PeersRecord {
  readonly environment: Environment;
  readonly engines: readonly EngineRecord[];
  readonly options: {
    readonly model: string;
    readonly threads: number;
    readonly contextLength: number;
    readonly maximumTokens: number;
    /** Rounds of prefills and of starts. */
    readonly rounds: number;
    readonly prefillTokens: number;
  };
  /** Seeds of everything random; empty because greedy decoding is not. */
  readonly seeds: readonly number[];
  readonly answers: readonly PeerAnswer[];
  readonly prefills: readonly PrefillSample[];
  readonly starts: readonly StartSample[];
}

import type { AnswerSample, BenchmarkRecord } from '../results/record.js';
import type { EngineMode, EngineName } from './engine-work.js';

/** An engine and how it decodes. */
export interface PeerMethod {
  readonly engine: EngineName;
  readonly mode: EngineMode;
}

/** As samples and tables call it. */
export function methodName({ engine, mode }: PeerMethod): string {
  return `${engine} ${mode}`;
}

/** What became of an engine: `absent` is a machine that it has no binary for. */
export type EngineRecord =
  | { readonly engine: EngineName; readonly state: 'measured'; readonly description: string }
  | { readonly engine: EngineName; readonly state: 'absent'; readonly reason: string };

/** One prefill of `PeersOptions.prefillTokens` tokens. */
export interface PrefillSample {
  readonly round: number;
  readonly engine: EngineName;
  readonly milliseconds: number;
}

/** One process from its start to the first token of an answer. */
export interface StartSample {
  readonly round: number;
  readonly method: string;
  readonly milliseconds: number;
  /** Resident, in bytes. */
  readonly memory: {
    /** With the model loaded and nothing computed. */
    readonly loaded: number;
    /** After the first token. */
    readonly answered: number;
  };
}

export interface PeersOptions {
  readonly model: string;
  readonly threads: number;
  readonly contextLength: number;
  readonly maximumTokens: number;
  /** Rounds of prefills and of starts. */
  readonly rounds: number;
  readonly prefillTokens: number;
}

/** Result of `bench:peers`. */
export interface PeersRecord extends BenchmarkRecord<PeersOptions, AnswerSample> {
  readonly engines: readonly EngineRecord[];
  readonly prefills: readonly PrefillSample[];
  readonly starts: readonly StartSample[];
}

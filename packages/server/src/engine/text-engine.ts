import type { DecodingRound, EngineEvent, EngineStatistics, RoundEvent, SamplerOptions } from '@foretoken/core';
import type { ControllerName, DraftMode } from '@foretoken/speculation';
import type { OutputConstraint } from '@foretoken/structured-output';

/**
 * An engine that takes plain data and gives plain data, so that it can run in this process, behind a child process, or
 * be several.
 */
export interface TextEngine {
  /** What runs. Known once the engine has started. */
  readonly description: EngineDescription;
  readonly state: EngineState;
  /**
   * Runs a request. Ends after `finish`; an abort of the signal ends it with the reason `abort`. Throws
   * `ForetokenError`: `queue-full`, `deadline-exceeded`, `engine-closed`, `engine-died`, `engine-unavailable`,
   * `prompt-too-long`, `invalid-argument`, `invalid-constraint`, `draft-unavailable`.
   */
  submit(request: TextRequest, signal?: AbortSignal): AsyncIterable<TextEvent>;
  snapshot(): EngineSnapshot;
  /** Ends what runs with `engine-closed` and frees everything. Closing twice is harmless. */
  close(): Promise<void>;
}

/** `starting`: loads its model. `restarting`: had died or hung, and comes back. `failed`: will not come back. */
export type EngineState = 'starting' | 'ready' | 'restarting' | 'failed' | 'closed';

export interface EngineDescription {
  /** Name of the model. */
  readonly model: string;
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly device: string;
  readonly executor: string;
  /** What products are computed in: 'exact' or 'integer'. */
  readonly arithmetic: string;
  /** How guesses are made where a request does not say. */
  readonly draft: DraftMode;
  readonly controller: ControllerName;
  /** The draft model that was loaded with the model; absent without one. */
  readonly draftModel?: string;
  /** Sequences decoded at a time, of one engine. */
  readonly sequences: number;
}

/** One generation, as plain data. */
export interface TextRequest {
  /** For logs and traces. */
  readonly id: string;
  /** @default one tenant for all requests without one */
  readonly tenant?: RequestTenant;
  /** Tokens to go on from. Shape [n], n >= 1. */
  readonly prompt: Int32Array;
  /** @default what the context holds */
  readonly maximumTokens?: number;
  readonly sampling: SamplingSettings;
  /** Texts that end the answer and are no part of it. @default none */
  readonly stop?: readonly string[];
  /** Go on after end tokens. @default false */
  readonly ignoreEndTokens?: boolean;
  /** What the answer must look like. @default anything */
  readonly constraint?: OutputConstraint;
  readonly speculation?: SpeculationSettings;
  /** Likeliest tokens to give with each token, 0 for the token's own logprob only. @default no logprobs */
  readonly topLogprobs?: number;
  /** Milliseconds. @default never */
  readonly deadline?: number;
  /** Adds a view to every round. @default false */
  readonly rounds?: boolean;
}

/**
 * Who asks, and with whom is shared what is kept of texts. Names are opaque: equal ones are the same.
 */
export interface RequestTenant {
  /** Whose turn it is counted as. */
  readonly name: string;
  /** Drafters learn from, and guess by, texts of requests with the same scope only. */
  readonly draftScope: string;
  /** KV entries and compiled constraints are shared by requests with the same scope only. */
  readonly prefixScope: string;
}

/** How tokens are chosen: the sampler's options that are plain data. */
export type SamplingSettings = Omit<SamplerOptions, 'constraint' | 'history' | 'logitBias'> & {
  readonly logitBias?: Readonly<Record<number, number>>;
};

/** How guesses are made for one request; what is left out is as the server is set. */
export interface SpeculationSettings {
  readonly draft?: DraftMode;
  readonly controller?: ControllerName;
  readonly depth?: number;
  readonly minimumConfidence?: number;
  /** Text that the answer is expected to resemble, or its tokens: a long text would hold up the engine. */
  readonly prediction?: string | Int32Array;
}

/** What an engine gives, with rounds as plain data. */
export type TextEvent = Exclude<EngineEvent, RoundEvent> | TextRound;

/** What a round brought. */
export interface TextRound extends Omit<RoundEvent, 'round'> {
  /** Present when the request asked for it. */
  readonly view?: RoundView;
}

/** One round as whoever watches sees it: in texts, with what `DecodingRound` says of it. */
export interface RoundView extends Pick<DecodingRound, 'index' | 'fallback' | 'reason' | 'milliseconds'> {
  readonly plan:
    | { readonly kind: 'standard' }
    | { readonly kind: 'speculate'; readonly drafter: string; readonly depth: number };
  /** The guesses: text, parent (-1: the last token before the round), and whether they were accepted. */
  readonly tree: readonly {
    readonly text: string;
    readonly parent: number;
    readonly confidence?: number;
    readonly accepted: boolean;
  }[];
  /** Text of each token that the round appended. */
  readonly tokens: readonly string[];
}

/** What an engine does now and did so far; counters only grow, through restarts too. */
export interface EngineSnapshot {
  readonly engines: readonly EngineProcessSnapshot[];
}

export interface EngineProcessSnapshot {
  /** From 0. */
  readonly index: number;
  readonly state: EngineState;
  readonly processId: number | undefined;
  /** Times that the engine had to be started again. */
  readonly restarts: number;
  /** Resident memory in bytes, 0 while it is not running. */
  readonly residentBytes: number;
  readonly statistics: EngineStatistics;
}

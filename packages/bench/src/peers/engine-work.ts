import type { Arithmetic } from '@foretoken/core';
import type { ChatMessage } from '@foretoken/core/text';
import type { AnswerSample } from '../results/record.js';

/** Who is compared. `llama-server` is a binary of llama.cpp that was built for this machine. */
export type EngineName = 'foretoken' | 'node-llama-cpp' | 'llama-server';

/**
 * How an engine decodes. `standard`: a token a forward. `auto`: foretoken's default drafts. `lookup`: node-llama-cpp's
 * InputLookupTokenPredictor as it comes; `lookup-1`: the same with one guess a forward. `ngram-mod`: llama-server's
 * n-grams. `draft-model`: a peer with the draft model.
 */
export type EngineMode = 'standard' | 'auto' | 'lookup' | 'lookup-1' | 'ngram-mod' | 'draft-model';

export interface EngineLoading {
  /** As foretoken's users name the model: a registered one brings its draft model. */
  readonly reference: string;
  /** Path of the GGUF file. */
  readonly model: string;
  /** Path of the GGUF file of the peers' draft model. */
  readonly draftModel?: string;
  /** Path of the llama-server binary. */
  readonly llamaServer?: string;
  readonly threads: number;
  /** What foretoken's products are computed in. @default what createDecoder takes */
  readonly arithmetic?: Arithmetic;
  /** Tokens that prompt and answer may have together. */
  readonly contextLength: number;
  /** `every`: all modes are used; else this one only, as a program that never changes it would load. */
  readonly mode: EngineMode | 'every';
}

export interface EngineTask {
  readonly prompt: readonly number[];
  readonly mode: EngineMode;
  readonly maximumTokens: number;
}

/** One greedy generation. */
export interface EngineAnswer extends Pick<AnswerSample, 'tokens' | 'statistics'> {
  /** Resident memory in bytes, after the answer. */
  readonly memory: number;
}

/** What the process of an engine does; `load` comes first, once. */
export interface EngineWork {
  /** Versions, what computes with what, and resident memory in bytes; `absent` is an engine that is not on this machine. */
  readonly load: (
    loading: EngineLoading,
  ) => Promise<
    | { readonly kind: 'loaded'; readonly description: string; readonly memory: number }
    | { readonly kind: 'absent'; readonly reason: string }
  >;
  /** Tokens of a conversation: foretoken only, so that all engines begin with the same. */
  readonly encode: (messages: readonly ChatMessage[]) => Promise<readonly number[]>;
  readonly answer: (task: EngineTask) => Promise<EngineAnswer>;
}

/** What the process of a peer does. */
export type PeerWork = Omit<EngineWork, 'encode'>;

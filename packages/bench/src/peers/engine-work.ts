import type { Arithmetic } from '@foretoken/core';
import type { ChatMessage } from '@foretoken/core/text';

/** Who is compared. `llama-server` is a binary of llama.cpp that was built for this machine. */
export type EngineName = 'foretoken' | 'node-llama-cpp' | 'llama-server';

/**
 * How an engine decodes. `standard`: a token a forward. `auto`: foretoken's default drafts. `lookup`: node-llama-cpp's
 * InputLookupTokenPredictor as it comes; `lookup-1`: the same with one guess a forward. `ngram-mod`: llama-server's
 * n-grams. `draft-model`: a peer with the draft model.
 */
export type EngineMode = 'standard' | 'auto' | 'lookup' | 'lookup-1' | 'ngram-mod' | 'draft-model';

/** What the process of an engine is told, one request at a time; `load` comes first, once. */
export type EngineRequest =
  | {
      readonly kind: 'load';
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
  /** Tell the tokens of a conversation; foretoken only, so that all engines begin with the same. */
  | { readonly kind: 'encode'; readonly messages: readonly ChatMessage[] }
  | {
      readonly kind: 'answer';
      readonly prompt: readonly number[];
      readonly mode: EngineMode;
      readonly maximumTokens: number;
    };

/** What the process of an engine answers. */
export type EngineReply =
  | {
      readonly kind: 'loaded';
      /** Versions, and what computes with what. */
      readonly description: string;
      /** Resident memory in bytes. */
      readonly memory: number;
    }
  /** The engine does not exist on this machine; the process can do nothing else. */
  | { readonly kind: 'absent'; readonly reason: string }
  | { readonly kind: 'encoded'; readonly tokens: readonly number[] }
  | ({ readonly kind: 'answered' } & EngineAnswer);

/** One greedy generation. */
export interface EngineAnswer {
  /** The end token included. */
  readonly tokens: readonly number[];
  readonly milliseconds: {
    /** All but the last prompt token. */
    readonly prefill: number;
    /** From the end of prefill to the last token. */
    readonly decode: number;
  };
  /** Guesses that were checked. */
  readonly drafted: number;
  /** Guesses that were right. */
  readonly accepted: number;
  /** Resident memory in bytes, after the answer. */
  readonly memory: number;
}

import type { ExecutorKind } from '@foretoken/backend';
import type { Arithmetic, Drafter, GenerationEvent, SamplerOptions } from '@foretoken/core';
import type { ChatMessage } from '@foretoken/core/text';
import type { ControllerName, DraftMode } from '@foretoken/speculation';
import type { TensorFlowReport } from '@foretoken/tensorflow/status';
import type { GenerationResult } from './collect-generation.js';

/** How tokens are chosen: the sampler's options that a generation has. */
export type SamplingOptions = Pick<
  SamplerOptions,
  'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty' | 'presencePenalty' | 'frequencyPenalty' | 'seed'
>;

/** Options of one generation. */
export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to generate, the end token included. @default 256 */
  readonly maxTokens?: number;
  /** Generation ends before the first of these strings; the string is not part of the text. @default none */
  readonly stop?: readonly string[];
  /**
   * A JSON schema that the text satisfies. A text that is cut off (`maxTokens`, `signal`) is incomplete. @default any
   * text
   */
  readonly jsonSchema?: Readonly<Record<string, unknown>> | boolean;
  /** An EBNF grammar with the rule `root` that the text follows. @default any text */
  readonly grammar?: string;
  /** How guesses are made. Affects the speed, not the text. @default the decoder's own */
  readonly draft?: DraftMode;
  /** Your own drafters, in order of preference, instead of `draft`. @default those of `draft` */
  readonly drafters?: readonly Drafter[];
  /** Which controller decides how far to guess. Affects the speed, not the text. @default the decoder's own */
  readonly controller?: ControllerName;
  /** Longest run of tokens guessed in a round, 1 to 64. @default the decoder's own */
  readonly depth?: number;
  /**
   * Guesses less likely to be accepted than this are not made; higher values waste less computation on rejected
   * guesses. In [0, 1]; used by the controllers `auto` and `fixed`. @default the decoder's own
   */
  readonly minimumConfidence?: number;
  /**
   * The text that the answer is expected to be, in full or in large parts: the file before an edit, the last version
   * of a document. Used by the drafts `prediction` and `auto`. @default none
   */
  readonly prediction?: string;
  /** Ends the generation at the next round; the finish event then has the reason `abort`. */
  readonly signal?: AbortSignal;
}

/** A loaded model. One generation runs at a time; further ones wait for it to end. */
export interface Decoder {
  /** Name of the model. */
  readonly name: string;
  /** The device that runs it. */
  readonly device: string;
  /** The executor that runs the model. */
  readonly executor: ExecutorKind;
  /** Arithmetic of its matrix products. */
  readonly arithmetic: Arithmetic;
  /**
   * The draft model that was loaded with it: by `model:REF`, or by `auto` if one is registered for the model and in the
   * cache.
   */
  readonly draftModel?: string;
  /** Which device is used, and why a faster one is not. */
  readonly report: TensorFlowReport;
  /** Longest sequence in tokens, prompt and answer together. */
  readonly contextLength: number;
  /**
   * Completes a raw text (special tokens in it are recognised) or a sequence of token ids, in one event a round.
   *
   * @throws {ForetokenError} at once: `invalid-argument` for an unknown option or an invalid value, `prompt-too-long`,
   * `draft-unavailable`; while iterating: `invalid-constraint`.
   */
  generate(prompt: string | Int32Array, options?: GenerateOptions): AsyncIterable<GenerationEvent>;
  /**
   * Answers a conversation through the model's chat template. Roles are `system`, `developer`, `user`, `assistant` and
   * `tool`.
   *
   * @throws {ForetokenError} as `generate`; at once `no-chat-template`, `invalid-argument` for another role.
   */
  chat(messages: readonly ChatMessage[], options?: GenerateOptions): AsyncIterable<GenerationEvent>;
  /** Runs `generate` (of a text or tokens) or `chat` (of messages) to its end and returns the complete answer. */
  complete(prompt: string | Int32Array | readonly ChatMessage[], options?: GenerateOptions): Promise<GenerationResult>;
  /** The tokens that `generate` (of a text) or `chat` (of messages) starts from. Shape [promptTokens]. */
  encode(prompt: string | readonly ChatMessage[]): Int32Array;
  /** Frees the model. Closing twice is harmless. */
  close(): void;
  /** `close`, for `using decoder = await createDecoder()`. */
  [Symbol.dispose](): void;
}

import type { DraftTree } from '../contracts/draft-tree.js';
import type { LanguageModel } from '../contracts/language-model.js';
import type { Sampler } from '../contracts/sampler.js';
import type { IncrementalDetokenizer, StopStrings } from '../contracts/text-codec.js';
import { InvalidArgumentError } from '../errors.js';
import { EmptyPromptError, PromptTooLongError } from './errors.js';

/** Most likeliest tokens that can be asked for with each token. */
export const MAX_TOP_LOGPROBS = 20;

/** One generation. */
export interface GenerationRequest {
  /** The prompt's tokens. Shape [n], n >= 1 and below the context length. */
  readonly prompt: Int32Array;
  /** Chooses the tokens; the generation advances it. */
  readonly sampler: Sampler;
  /** Most tokens to generate. Integer >= 1. @default what the context holds */
  readonly maximumTokens?: number;
  /** Tokens that end generation. Such a token is emitted, without text. @default none */
  readonly endTokens?: readonly number[] | ReadonlySet<number>;
  /** Finds stop strings; needs a `detokenizer`. Its state belongs to this generation. @default none */
  readonly stop?: StopStrings;
  /** Turns tokens into text; without it the text of every event is empty. Its state belongs to this generation. @default none */
  readonly detokenizer?: IncrementalDetokenizer;
  /** Ends generation early: with finish reason `abort`, not with an error. @default never */
  readonly signal?: AbortSignal;
  /**
   * Adds `logprobs` to every token, with so many likeliest tokens (0: of the emitted token only). Integer from 0
   * to `MAX_TOP_LOGPROBS`. @default no logprobs
   */
  readonly topLogprobs?: number;
  /**
   * Called before every forward pass with the guesses of the round, `undefined` if there are none. Returns those that
   * are possible, as a tree: a constraint removes guesses that it forbids, and prepares its masks for the others. Must
   * not throw; what it throws ends the generation. @default keeps all
   */
  readonly prepareTree?: (tree: DraftTree | undefined) => Promise<DraftTree | undefined>;
}

/** A request that was checked, with its defaults filled in. */
export interface CheckedRequest {
  readonly prompt: Int32Array;
  readonly sampler: Sampler;
  /** Most tokens to emit: the caller's limit or what the context holds, whichever is less. */
  readonly limit: number;
  readonly endTokens: ReadonlySet<number>;
  readonly stop: StopStrings | undefined;
  readonly detokenizer: IncrementalDetokenizer | undefined;
  readonly signal: AbortSignal | undefined;
  /** `undefined`: no logprobs. */
  readonly topLogprobs: number | undefined;
  readonly prepareTree: GenerationRequest['prepareTree'];
}

/** Throws `EmptyPromptError`, `PromptTooLongError` or `InvalidArgumentError`. */
export function checkRequest(
  request: GenerationRequest,
  { vocabularySize, contextLength }: Pick<LanguageModel, 'vocabularySize' | 'contextLength'>,
): CheckedRequest {
  const { prompt, sampler, stop, detokenizer, signal, topLogprobs, prepareTree } = request;
  if (!(prompt instanceof Int32Array)) {
    throw new InvalidArgumentError('The prompt must be token ids in an Int32Array.', { prompt: typeof prompt });
  }
  if (prompt.length === 0) throw new EmptyPromptError();
  if (prompt.length >= contextLength) throw new PromptTooLongError(prompt.length, contextLength);
  const stranger = prompt.find((token) => token < 0 || token >= vocabularySize);
  if (stranger !== undefined) {
    throw new InvalidArgumentError(
      `The prompt has token ${stranger}, outside the vocabulary of ${vocabularySize}. Was it made by another model's tokenizer?`,
      { token: stranger, vocabularySize },
    );
  }
  if (stop !== undefined && detokenizer === undefined) {
    throw new InvalidArgumentError('Stop strings are looked for in text: give a detokenizer together with stop.');
  }
  if (
    topLogprobs !== undefined &&
    !(Number.isInteger(topLogprobs) && topLogprobs >= 0 && topLogprobs <= MAX_TOP_LOGPROBS)
  ) {
    throw new InvalidArgumentError(
      `topLogprobs must be an integer from 0 to ${MAX_TOP_LOGPROBS}, but is ${topLogprobs}.`,
      { topLogprobs },
    );
  }
  const room = contextLength - prompt.length;
  return {
    // Each by its name: a request may be an object with getters or a prototype, which a spread leaves out.
    ...{ sampler, stop, detokenizer, signal, topLogprobs, prepareTree },
    prompt: prompt.slice(),
    limit: Math.min(count('maximumTokens', request.maximumTokens ?? room), room),
    endTokens: new Set(request.endTokens ?? []),
  };
}

function count(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(`${option} must be an integer >= 1, but is ${value}.`, { option, value });
}

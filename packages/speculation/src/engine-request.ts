import {
  createSampler,
  type Drafter,
  type EngineRequest,
  type SamplerOptions,
  type TokenConstraint,
} from '@foretoken/core';
import { createStopMatcher } from '@foretoken/core/text';
import type { ControllerOptions } from './controllers.js';
import { type DraftMode, parseDraftMode } from './draft-mode.js';
import { guessSampling } from './drafters.js';
import type { SpeculativeModel } from './load-speculative-model.js';

/** A form that an answer must have: a session of `@foretoken/structured-output`. */
export interface AnswerForm {
  readonly constraint: TokenConstraint;
  /** Guesses what the form forces. */
  readonly drafter: Drafter;
  readonly prepareTree: NonNullable<EngineRequest['prepareTree']>;
}

/** What an answer is asked for with. */
export interface AnswerOptions {
  /** Shape [n], n >= 1. */
  readonly prompt: Int32Array;
  readonly sampling: Omit<SamplerOptions, 'constraint' | 'history'>;
  /** Texts that end the answer and are no part of it. */
  readonly stop: readonly string[];
  /** Whether the answer goes on after end tokens. One with a form does not. @default false */
  readonly ignoreEndTokens?: boolean;
  /** How guesses are made, or drafters of the caller, in order of preference. */
  readonly draft: DraftMode | readonly Drafter[];
  /** Text that the answer is expected to resemble, or its tokens. @default none */
  readonly expected?: string | Int32Array | undefined;
  /** What drafters learn is shared only between answers with the same scope. @default '' */
  readonly scope?: string | undefined;
  readonly control: Omit<ControllerOptions, 'drafters'>;
  /** @default any text */
  readonly form?: AnswerForm | undefined;
}

/**
 * A request to the engine of a model. Where an answer has a form, what the form forces is the first guess, unless another
 * way of guessing was asked for.
 *
 * @throws {InvalidArgumentError} an option out of range.
 * @throws {DraftUnavailableError} a way of guessing that the model was not loaded with.
 */
export function engineRequest(
  { loaded: { tokenizer }, drafters, controllers }: Pick<SpeculativeModel, 'loaded' | 'drafters' | 'controllers'>,
  { prompt, sampling, stop, ignoreEndTokens = false, draft, expected, scope = '', control, form }: AnswerOptions,
): EngineRequest {
  const guessing = guessSampling(sampling, form !== undefined);
  const chosen =
    typeof draft === 'object' ? draft : drafters.choose(parseDraftMode(draft), { expected, sampling: guessing, scope });
  const all = form !== undefined && draft === 'auto' ? [form.drafter, ...chosen] : chosen;
  return {
    prompt,
    drafters: all,
    controller: controllers.controller({ ...control, drafters: all.map(({ name }) => name) }),
    sampler: createSampler({ ...sampling, history: prompt, ...(form && { constraint: form.constraint }) }),
    detokenizer: tokenizer.detokenizer({ skipSpecialTokens: true, continuation: true }),
    // A form allows nothing after the end that it has allowed.
    ...(ignoreEndTokens && form === undefined ? {} : { endTokens: tokenizer.endTokens }),
    ...(stop.length === 0 ? {} : { stop: createStopMatcher(stop) }),
    ...(form && { prepareTree: (tree) => form.prepareTree(tree) }),
  };
}

import type { LoadedModel } from '@foretoken/backend';
import {
  createSampler,
  type Drafter,
  Engine,
  type EngineRequest,
  type GenerationEvent,
  type SamplerOptions,
  withoutUndefined,
} from '@foretoken/core';
import { type ChatMessage, createStopMatcher, encodeConversation } from '@foretoken/core/text';
import type { ControllerName, Controllers, Drafters } from '@foretoken/speculation';
import { DEFAULT_MAX_TOKENS, type DraftMode, guessSampling, parseDraftMode } from '@foretoken/speculation';
import {
  ConstraintCompiler,
  type ConstraintSession,
  checkedAnswer,
  type OutputConstraint,
} from '@foretoken/structured-output';
import { matchOrReject } from '@foretoken/verifier';
import { checkedMessages, checkGeneration, checkPrompt } from './check-options.js';
import { collectGeneration } from './collect-generation.js';
import type { Decoder, GenerateOptions } from './decoder.js';
import { NoChatTemplateError } from './decoder-errors.js';

/** A decoder around a loaded model; `close` frees it. */
export function modelDecoder(parts: {
  readonly loaded: LoadedModel;
  readonly drafters: Drafters;
  readonly controllers: Controllers;
  readonly draft: DraftMode;
  /** Drafters of the caller, in place of `draft`. */
  readonly own: readonly Drafter[] | undefined;
  readonly controller: ControllerName;
  readonly depth: number | undefined;
  readonly minimumConfidence: number | undefined;
  readonly draftModel?: string;
  readonly close: () => void;
}): Decoder {
  const { loaded } = parts;
  const { model, tokenizer, chatTemplate } = loaded;
  const constraints = new ConstraintCompiler({ tokenizer, vocabularySize: model.vocabularySize });
  // One answer at a time, as a program that waits for it wants it soonest; another one waits for its turn.
  const engine = new Engine({ model, verifier: matchOrReject(), sequences: 1 });

  function encodeMessages(messages: readonly ChatMessage[]): Int32Array {
    if (chatTemplate === undefined) throw new NoChatTemplateError(loaded.name);
    return encodeConversation(checkedMessages(messages), { tokenizer, chatTemplate });
  }

  function encode(prompt: string | readonly ChatMessage[]): Int32Array {
    if (typeof prompt === 'string') return tokenizer.encode(prompt, { specialTokens: true });
    return encodeMessages(prompt);
  }

  function drafterChoice(
    options: GenerateOptions,
    hasForm: boolean,
  ): { readonly auto: boolean; readonly drafters: readonly Drafter[] } {
    const own = options.drafters ?? (options.draft === undefined ? parts.own : undefined);
    if (own !== undefined) return { auto: false, drafters: own };
    const choice = parseDraftMode(options.draft ?? parts.draft);
    return {
      auto: choice.kind === 'auto',
      drafters: parts.drafters.choose(choice, {
        expected: options.prediction,
        sampling: guessSampling(options, hasForm),
      }),
    };
  }

  function requestOf(prompt: Int32Array, options: GenerateOptions, session?: ConstraintSession): EngineRequest {
    const { maxTokens = DEFAULT_MAX_TOKENS, stop = [], signal } = options;
    const { controller: name = parts.controller, depth = parts.depth } = options;
    const { minimumConfidence = parts.minimumConfidence } = options;
    const { auto, drafters: chosen } = drafterChoice(options, session !== undefined);
    // What a form forces is the first guess, unless another way of guessing was asked for.
    const drafters = session !== undefined && auto ? [session.drafter, ...chosen] : chosen;
    const names = drafters.map((drafter) => drafter.name);
    const controller = parts.controllers.controller({ name, drafters: names, depth, minimumConfidence });
    const constraint = session === undefined ? {} : { constraint: session.constraint };
    return {
      prompt,
      drafters,
      controller,
      sampler: createSampler({ ...samplerOptions(options), history: prompt, ...constraint }),
      maximumTokens: maxTokens,
      endTokens: tokenizer.endTokens,
      detokenizer: tokenizer.detokenizer({ skipSpecialTokens: true, continuation: true }),
      ...(stop.length > 0 ? { stop: createStopMatcher(stop) } : {}),
      ...(signal ? { signal } : {}),
      ...(session === undefined ? {} : { prepareTree: (tree) => session.prepareTree(tree) }),
    };
  }

  async function* run(request: EngineRequest): AsyncGenerator<GenerationEvent, void, undefined> {
    for await (const event of engine.submit(request)) if (event.kind !== 'started') yield event;
  }

  function generate(prompt: string | Int32Array, options: GenerateOptions = {}): AsyncIterable<GenerationEvent> {
    checkGeneration(options);
    checkPrompt(prompt);
    const tokens = typeof prompt === 'string' ? encode(prompt) : prompt;
    const constraint = constraintOf(options);
    const request = requestOf(tokens, options);
    engine.check(request);
    return constraint === undefined ? run(request) : constrained(tokens, options, constraint);
  }

  async function* constrained(
    tokens: Int32Array,
    options: GenerateOptions,
    constraint: OutputConstraint,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    const session = await constraints.start(constraint);
    try {
      yield* checkedAnswer(run(requestOf(tokens, options, session)), session.check);
    } finally {
      session.close();
    }
  }

  function close(): void {
    void engine.close();
    parts.close();
    void constraints.close();
  }

  return {
    name: loaded.name,
    device: loaded.device,
    executor: loaded.executor,
    arithmetic: loaded.arithmetic,
    ...(parts.draftModel === undefined ? {} : { draftModel: parts.draftModel }),
    report: loaded.report,
    contextLength: model.contextLength,
    generate,
    chat: (messages, options) => generate(encodeMessages(messages), options),
    complete(prompt, options = {}) {
      const tokens = prompt instanceof Int32Array ? prompt : encode(prompt);
      return collectGeneration({
        events: generate(tokens, options),
        promptTokens: tokens,
        device: loaded.device,
        speculative: options.drafters !== undefined || (options.draft ?? parts.draft) !== 'none',
      });
    },
    encode,
    close,
    [Symbol.dispose]: close,
  };
}

function constraintOf({ jsonSchema, grammar }: GenerateOptions): OutputConstraint | undefined {
  if (jsonSchema !== undefined) return { kind: 'json-schema', schema: JSON.stringify(jsonSchema) };
  return grammar === undefined ? undefined : { kind: 'grammar', grammar };
}

/** The part of the options that the sampler knows; names are the same on both sides. */
function samplerOptions(options: GenerateOptions): SamplerOptions {
  const { temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed } = options;
  return withoutUndefined({
    ...{ temperature, topK, topP, minP, seed },
    ...{ repetitionPenalty, presencePenalty, frequencyPenalty },
  });
}

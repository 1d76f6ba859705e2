import { type Drafter, Engine, type EngineRequest, type GenerationEvent, withoutUndefined } from '@foretoken/core';
import { type ChatMessage, encodeConversation } from '@foretoken/core/text';
import {
  type ControllerOptions,
  DEFAULT_MAX_TOKENS,
  type DraftMode,
  engineRequest,
  type SpeculativeModel,
} from '@foretoken/speculation';
import {
  ConstraintCompiler,
  type ConstraintSession,
  checkedAnswer,
  type OutputConstraint,
} from '@foretoken/structured-output';
import { matchOrReject } from '@foretoken/verifier';
import { checkedMessages, checkGeneration, checkPrompt } from './check-options.js';
import { collectGeneration } from './collect-generation.js';
import type { Decoder, GenerateOptions, SamplingOptions } from './decoder.js';
import { NoChatTemplateError } from './decoder-errors.js';

/** How guesses are made where a generation does not say. */
export interface DecoderDefaults extends Omit<ControllerOptions, 'name' | 'drafters'> {
  readonly draft: DraftMode;
  /** Drafters of the caller, in place of `draft`. */
  readonly drafters: readonly Drafter[] | undefined;
  readonly controller: ControllerOptions['name'];
}

/** A decoder around a loaded model, which `close` frees. */
export function modelDecoder(speculative: SpeculativeModel, defaults: DecoderDefaults): Decoder {
  const { loaded } = speculative;
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

  function requestOf(prompt: Int32Array, options: GenerateOptions, session?: ConstraintSession): EngineRequest {
    const { maxTokens = DEFAULT_MAX_TOKENS, stop = [], prediction: expected, signal } = options;
    const { controller: name = defaults.controller, depth = defaults.depth } = options;
    const { minimumConfidence = defaults.minimumConfidence } = options;
    const own = options.drafters ?? (options.draft === undefined ? defaults.drafters : undefined);
    const request = engineRequest(speculative, {
      prompt,
      sampling: samplerOptions(options),
      stop,
      expected,
      form: session,
      draft: own ?? options.draft ?? defaults.draft,
      control: { name, depth, minimumConfidence },
    });
    return { ...request, maximumTokens: maxTokens, ...(signal ? { signal } : {}) };
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
    speculative.close();
    void constraints.close();
  }

  return {
    name: loaded.name,
    device: loaded.device,
    executor: loaded.executor,
    arithmetic: loaded.arithmetic,
    ...withoutUndefined({ draftModel: speculative.draftModel }),
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
        speculative: options.drafters !== undefined || (options.draft ?? defaults.draft) !== 'none',
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
function samplerOptions(options: GenerateOptions): SamplingOptions {
  const { temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed } = options;
  return withoutUndefined({
    ...{ temperature, topK, topP, minP, seed },
    ...{ repetitionPenalty, presencePenalty, frequencyPenalty },
  });
}

import { createSampler, SpeculativeDecoder, type TokenEvent } from '@foretoken/core';
import type { LoadedModel } from '@foretoken/core/tensorflow';
import { type ChatMessage, createStopMatcher } from '@foretoken/core/text';
import type { ControllerName, Controllers, Drafters } from '@foretoken/server/speculation';
import { DEFAULT_MAX_TOKENS, type DraftMode, parseDraftMode } from '@foretoken/server/speculation';
import { exactMatch } from '@foretoken/verifier';
import type { Decoder, GenerateOptions } from './decoder.js';
import { DecoderBusyError, NoChatTemplateError } from './decoder-errors.js';

/** A decoder around a loaded model; `close` frees it. */
export function modelDecoder(parts: {
  readonly loaded: LoadedModel;
  readonly drafters: Drafters;
  readonly controllers: Controllers;
  readonly draft: DraftMode;
  readonly controller: ControllerName;
  readonly depth: number | undefined;
  readonly minimumConfidence: number | undefined;
  readonly draftModel?: string;
  readonly close: () => void;
}): Decoder {
  const { loaded } = parts;
  const { model, tokenizer, chatTemplate } = loaded;
  let generating = false;

  function encode(prompt: string | readonly ChatMessage[]): Int32Array {
    if (typeof prompt === 'string') return tokenizer.encode(prompt, { specialTokens: true });
    if (chatTemplate === undefined) throw new NoChatTemplateError(loaded.name);
    return tokenizer.encode(chatTemplate.apply(prompt), { specialTokens: true });
  }

  function start(prompt: Int32Array, options: GenerateOptions): AsyncGenerator<TokenEvent, void, undefined> {
    const { maxTokens = DEFAULT_MAX_TOKENS, stop = [], signal, onRound } = options;
    const { draft = parts.draft, controller: name = parts.controller, depth = parts.depth } = options;
    const { minimumConfidence = parts.minimumConfidence, prediction } = options;
    const drafters = parts.drafters.choose(parseDraftMode(draft), prediction);
    const names = drafters.map((drafter) => drafter.name);
    const controller = parts.controllers.controller({ name, drafters: names, depth, minimumConfidence });
    const decoder = new SpeculativeDecoder({ model, verifier: exactMatch(), drafters, controller: () => controller });
    return decoder.generate({
      prompt,
      sampler: createSampler({ ...samplerOptions(options), history: prompt }),
      maximumTokens: maxTokens,
      endTokens: tokenizer.endTokens,
      detokenizer: tokenizer.detokenizer({ skipSpecialTokens: true, continuation: true }),
      ...(stop.length > 0 ? { stop: createStopMatcher(stop) } : {}),
      ...(signal ? { signal } : {}),
      ...(onRound ? { onRound } : {}),
    });
  }

  function generate(prompt: string | Int32Array, options: GenerateOptions = {}): AsyncIterable<TokenEvent> {
    return guarded(start(typeof prompt === 'string' ? encode(prompt) : prompt, options));
  }

  async function* guarded(events: AsyncGenerator<TokenEvent, void, undefined>): AsyncGenerator<TokenEvent, void> {
    if (generating) throw new DecoderBusyError();
    generating = true;
    try {
      yield* events;
    } finally {
      generating = false;
    }
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
    chat: (messages, options) => generate(encode(messages), options),
    encode,
    close: parts.close,
  };
}

type SamplingOptions = Pick<
  GenerateOptions,
  'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty' | 'presencePenalty' | 'frequencyPenalty' | 'seed'
>;

/** The part of the options that the sampler knows; names are the same on both sides. */
function samplerOptions(options: GenerateOptions): SamplingOptions {
  const { maxTokens: _, stop: _stop, signal: _signal, onRound: _onRound, ...rest } = options;
  const { draft: _draft, controller: _controller, depth: _depth, ...others } = rest;
  const { minimumConfidence: _confidence, prediction: _prediction, ...sampling } = others;
  return sampling;
}

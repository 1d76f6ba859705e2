import type { TextEngine } from '../engine/text-engine.js';
import type { Generations } from './generations.js';

/** What `GET /props` gives, under llama-server's names where it has one. */
export function serverProperties(generations: Generations, engine: TextEngine): object {
  const { text, configuration, fingerprint } = generations;
  const { description } = engine;
  const { tokenizer, chatTemplate } = text;
  const engines = engine.snapshot().engines.length;
  const [endToken] = tokenizer.endTokens;
  return {
    default_generation_settings: {
      n_ctx: description.contextLength,
      params: {
        n_predict: configuration.requests.maxTokens ?? -1,
        temperature: 1,
        top_k: -1,
        top_p: 1,
        min_p: 0,
        repeat_penalty: 1,
        repeat_last_n: -1,
        presence_penalty: 0,
        frequency_penalty: 0,
        stop: [],
        ignore_eos: false,
        stream: false,
      },
    },
    total_slots: description.sequences * Math.max(1, engines),
    model_alias: text.name,
    model_path: configuration.model,
    modalities: { vision: false, audio: false },
    chat_template: chatTemplate?.source ?? '',
    bos_token: tokenizer.bosToken === undefined ? '' : tokenizer.tokenText(tokenizer.bosToken),
    eos_token: endToken === undefined ? '' : tokenizer.tokenText(endToken),
    build_info: 'foretoken',
    system_fingerprint: fingerprint,
    speculation: {
      draft: description.draft,
      controller: description.controller,
      ...(description.draftModel === undefined ? {} : { draft_model: description.draftModel }),
    },
    engine: {
      device: description.device,
      executor: description.executor,
      arithmetic: description.arithmetic,
      engines,
    },
  };
}

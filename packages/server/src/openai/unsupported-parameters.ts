import { invalidParameter } from '../http/api-error.js';

/** A parameter of another server: which of its values change nothing here, and what to say about the others. */
export interface Unsupported {
  readonly harmless: readonly unknown[];
  readonly reason: string;
}

/** @param harmless - values that change nothing */
export const only = (reason: string, ...harmless: readonly unknown[]): Unsupported => ({ harmless, reason });

const SAMPLERS = 'Tokens are chosen by temperature, top_k, top_p, min_p, penalties and logit_bias alone.';
const TEXT_ONLY = 'The model reads and writes text.';
const NO_BEAMS = 'There is no beam search; ask for several answers with n.';
const NO_TEMPLATE_OPTIONS = "Conversations are written by the model's own chat template.";

export type UnsupportedParameters = Readonly<Record<string, Unsupported>>;

/** What OpenAI, vLLM and llama-server have and this server does not. */
export const UNSUPPORTED_PARAMETERS: UnsupportedParameters = {
  // OpenAI
  audio: only(TEXT_ONLY),
  best_of: only(NO_BEAMS, 1),
  echo: only('The prompt is not repeated in the answer.', false),
  function_call: only("Use 'tool_choice'."),
  functions: only("Use 'tools'.", []),
  modalities: only(TEXT_ONLY, ['text']),
  suffix: only('There is no infilling; the model goes on after a prompt.', ''),
  web_search_options: only('There is no web search.'),
  // vLLM
  add_special_tokens: only(NO_TEMPLATE_OPTIONS),
  allowed_token_ids: only('Use logit_bias or a constraint.'),
  bad_words: only('Use logit_bias.', []),
  chat_template: only(NO_TEMPLATE_OPTIONS),
  documents: only(NO_TEMPLATE_OPTIONS, []),
  early_stopping: only(NO_BEAMS, false),
  include_stop_str_in_output: only('A stop string is never part of the answer.', false),
  length_penalty: only(NO_BEAMS, 1),
  min_tokens: only('Use ignore_eos with max_tokens for answers of a given length.', 0),
  mm_processor_kwargs: only(TEXT_ONLY),
  priority: only('All requests are equal.', 0),
  prompt_logprobs: only('Logprobs are given for the answer.'),
  skip_special_tokens: only('Special tokens are never part of the text.', true),
  spaces_between_special_tokens: only('Special tokens are never part of the text.', true),
  stop_token_ids: only('Use stop.', []),
  truncate_prompt_tokens: only('A prompt is never shortened.'),
  use_beam_search: only(NO_BEAMS, false),
  // llama-server
  dry_multiplier: only(SAMPLERS, 0),
  dynatemp_range: only(SAMPLERS, 0),
  id_slot: only('Requests take any free place.', -1),
  image_data: only(TEXT_ONLY, []),
  lora: only('There are no adapters.', []),
  min_keep: only(SAMPLERS, 0),
  mirostat: only(SAMPLERS, 0),
  n_discard: only('A context is never shifted.', 0),
  n_indent: only('Lines may begin anywhere.', 0),
  n_keep: only('A context is never shifted.', 0, -1),
  n_probs: only("Use 'logprobs' and 'top_logprobs'.", 0),
  post_sampling_probs: only('Logprobs are those of the model, before any sampler setting.', false),
  reasoning_format: only('The model does not reason apart from its answer.', 'none', 'auto'),
  return_tokens: only('Use /tokenize on the answer.', false),
  samplers: only(SAMPLERS),
  t_max_predict_ms: only('The server has a deadline of its own.', 0),
  tfs_z: only(SAMPLERS, 1),
  timings_per_token: only('Timings come with the end of the answer.', false),
  top_n_sigma: only(SAMPLERS, -1),
  typical_p: only(SAMPLERS, 1),
  xtc_probability: only(SAMPLERS, 0),
};

/**
 * The body without parameters that change nothing.
 *
 * @throws {ApiError} 400 naming the first parameter that is not supported.
 */
export function withoutUnsupported(
  body: Readonly<Record<string, unknown>>,
  table: UnsupportedParameters = UNSUPPORTED_PARAMETERS,
): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const [name, value] of Object.entries(body)) {
    const unsupported = Object.hasOwn(table, name) ? table[name] : undefined;
    if (unsupported === undefined) kept.push([name, value]);
    else if (!unsupported.harmless.some((harmless) => JSON.stringify(harmless) === JSON.stringify(value))) {
      const message = `Unsupported parameter: '${name}'. ${unsupported.reason}`;
      throw invalidParameter(name, message, 'unsupported_parameter');
    }
  }
  return Object.fromEntries(kept);
}

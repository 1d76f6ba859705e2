import { CONTROLLERS, DRAFT_MODES, isDraftMode, MAX_DEPTH } from '@foretoken/speculation';
import { z } from 'zod';
import { jsonObject } from './json-object.js';
import {
  MAX_ALTERNATIVES,
  MAX_ANSWERS,
  MAX_BIASED_TOKENS,
  MAX_CHOICES,
  MAX_CONSTRAINT_LENGTH,
  MAX_METADATA_ENTRIES,
  MAX_NAME_LENGTH,
  MAX_STOP_LENGTH,
  MAX_STOPS,
  MAX_TEMPERATURE,
  MAX_TEXT_LENGTH,
  MIN_REPETITION_PENALTY,
} from './limits.js';
import { parameter } from './parameter.js';

const name = z.string().max(MAX_NAME_LENGTH);
const stopString = z.string().min(1).max(MAX_STOP_LENGTH);
const constraintText = z.string().min(1).max(MAX_CONSTRAINT_LENGTH);
const alternatives = z.array(z.string().min(1)).min(1).max(MAX_ALTERNATIVES);
const repetitionPenalty = z.number().min(MIN_REPETITION_PENALTY).max(10);

const textPart = z.strictObject({ type: z.literal('text'), text: z.string().max(MAX_TEXT_LENGTH) });

const predictionSchema = z.strictObject({
  type: z.literal('content'),
  content: z.union([z.string().max(MAX_TEXT_LENGTH), z.array(textPart).max(1_024)]),
});

const draftMode = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .refine(isDraftMode, { error: ({ input }) => `draft must be ${DRAFT_MODES}, not ${JSON.stringify(input)}` });

const speculationSchema = z.union(
  [
    z.boolean(),
    z.strictObject({
      draft: draftMode.optional().describe('How guesses are made, as --draft'),
      controller: z.enum(CONTROLLERS).optional(),
      depth: z.number().int().min(1).max(MAX_DEPTH).optional(),
      min_confidence: z.number().min(0).max(1).optional(),
    }),
  ],
  { error: 'must be an object with draft, controller, depth and min_confidence, or false' },
);

/** What vLLM calls structured outputs; one of them. */
const structuredOutputsSchema = z.strictObject({
  json: z.union([jsonObject, constraintText]).optional(),
  regex: constraintText.optional(),
  choice: alternatives.optional(),
  grammar: constraintText.optional(),
});

/** Most tokens of an answer; -1: no limit, as many clients write it. */
export const tokenLimit = z
  .number()
  .int()
  .refine((limit) => limit === -1 || limit >= 1, 'must be at least 1, or -1 for no limit');

const NO_LIMIT = 'the context (chat), 16 (completions)';

/** Parameters that the sampler's setting of the same name in camel case follows. */
export const samplerParameters = {
  temperature: parameter(z.number().min(0).max(MAX_TEMPERATURE).default(1), '0 to 2; 0 takes the likeliest token'),
  min_p: parameter(
    z.number().min(0).max(1).optional(),
    'leaves out tokens whose probability is less than this share of the best one',
    '0',
  ),
  presence_penalty: parameter(z.number().min(-2).max(2).optional(), '-2 to 2; counts the answer', '0'),
  frequency_penalty: parameter(z.number().min(-2).max(2).optional(), '-2 to 2; counts the answer', '0'),
  seed: parameter(
    z.number().int().optional(),
    'the same seed gives the same answer, with and without speculation',
    'random',
  ),
};

/** Parameters that are taken for the sake of clients and change nothing. */
export const ignoredParameters = {
  metadata: z
    .record(z.string().max(64), name)
    .refine((entries) => Object.keys(entries).length <= MAX_METADATA_ENTRIES, `at most ${MAX_METADATA_ENTRIES} entries`)
    .optional(),
  prompt_cache_key: name.optional(),
  prompt_cache_retention: name.optional(),
  safety_identifier: name.optional(),
  service_tier: name.optional(),
  user: name.optional(),
};

/** The same of chat and completions only. */
export const ignoredInAnswers = {
  cache_prompt: z.boolean().optional(),
  reasoning_effort: name.optional(),
  store: z.boolean().optional(),
  verbosity: name.optional(),
};

/** Parameters that all requests for answers share. */
export const commonParameters = {
  model: parameter(
    name.optional(),
    'its name, or one of `--alias`; another is 404 `model_not_found`, with `--any-model` it is taken',
    'the served one',
  ),
  stream: parameter(z.boolean().default(false), 'server-sent events'),
  stop: parameter(
    z
      .union([stopString, z.array(stopString).max(MAX_STOPS)], {
        error: `must be a string, or at most ${MAX_STOPS} strings, of 1 to ${MAX_STOP_LENGTH} characters`,
      })
      .optional(),
    `a text or up to ${MAX_STOPS} of up to ${MAX_STOP_LENGTH} characters. The answer ends before it`,
  ),
  ...samplerParameters,
  top_p: parameter(
    z.number().min(0).max(1).default(1),
    'the likeliest tokens that make up this probability. It cuts before `temperature` flattens, as in llama.cpp, and so do `top_k` and `min_p`',
  ),
  top_k: parameter(z.number().int().min(-1).optional(), 'so many of the likeliest tokens; 0 and -1: no limit'),
  repetition_penalty: parameter(repetitionPenalty.optional(), 'above 0, at most 10; counts prompt and answer', '1'),
  logit_bias: parameter(
    z
      .record(z.string().regex(/^\d{1,10}$/, 'keys must be token ids'), z.number().min(-100).max(100))
      .refine((bias) => Object.keys(bias).length <= MAX_BIASED_TOKENS, `at most ${MAX_BIASED_TOKENS} tokens`)
      .optional(),
    `token id → -100 to 100, at most ${MAX_BIASED_TOKENS} tokens`,
  ),
  prediction: parameter(predictionSchema.optional(), '[predicted outputs](#predicted-outputs)'),
  speculation: parameter(speculationSchema.optional(), '[speculation](#speculation)', 'as the server is set'),
  ...ignoredParameters,
};

/** Parameters that chat and completions share. */
export const generationParameters = {
  ...commonParameters,
  stream_options: parameter(
    z
      .strictObject({ include_usage: z.boolean().default(false), include_obfuscation: z.boolean().optional() })
      .optional(),
    '`include_usage`: a last chunk with `usage`',
  ),
  n: parameter(
    z.number().int().min(1).max(MAX_CHOICES).default(1),
    `answers to each prompt, at most ${MAX_CHOICES} (${MAX_ANSWERS} with all prompts). With a \`seed\`, answer i has seed + i`,
  ),
  max_tokens: parameter(tokenLimit.optional(), 'most tokens of an answer; -1: no limit', NO_LIMIT),
  n_predict: parameter(tokenLimit.optional(), "llama-server's name; `max_tokens` counts before it", NO_LIMIT),
  repeat_penalty: parameter(repetitionPenalty.optional(), "llama-server's name of `repetition_penalty`", '1'),
  repeat_last_n: parameter(
    z.number().int().min(-1).optional(),
    '`repetition_penalty` looks at this many latest tokens; -1: all, 0: off',
    '-1',
  ),
  ignore_eos: parameter(z.boolean().default(false), 'does not stop at end tokens'),
  grammar: parameter(
    constraintText.optional(),
    "llama-server's: EBNF with the rule `root`: [structured output](#structured-output)",
  ),
  json_schema: parameter(jsonObject.optional(), "llama-server's: a JSON schema"),
  guided_json: parameter(z.union([jsonObject, constraintText]).optional(), "vLLM's: a JSON schema"),
  guided_regex: parameter(constraintText.optional(), "vLLM's: a regular expression"),
  guided_choice: parameter(alternatives.optional(), "vLLM's: one of these texts"),
  guided_grammar: parameter(constraintText.optional(), "vLLM's: EBNF with the rule `root`"),
  structured_outputs: parameter(
    structuredOutputsSchema.optional(),
    "vLLM's: an object with one of `json`, `regex`, `choice` and `grammar`",
  ),
  cache_salt: parameter(
    name.min(1).optional(),
    'KV entries and drafter memory of this request are shared only with requests of the same salt and key ([security](security.md#tenants))',
  ),
  foretoken: parameter(
    z.strictObject({ rounds: z.boolean().optional() }).optional(),
    '`rounds`: in a stream, `foretoken: { tokens: [{ text, origin }], rounds }` with each chunk, to observe speculation',
  ),
  ...ignoredInAnswers,
};

/** A request's parameters that chat and completions share, as they were read. */
export type GenerationParameters = z.output<z.ZodObject<typeof generationParameters>>;

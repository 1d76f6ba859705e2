import { CONTROLLERS, MAX_DEPTH } from '@foretoken/speculation';
import { z } from 'zod';
import { jsonObject } from './json-object.js';
import {
  MAX_ALTERNATIVES,
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

const name = z.string().max(MAX_NAME_LENGTH);
const stopString = z.string().min(1).max(MAX_STOP_LENGTH);
const constraintText = z.string().min(1).max(MAX_CONSTRAINT_LENGTH);

const textPart = z.strictObject({ type: z.literal('text'), text: z.string().max(MAX_TEXT_LENGTH) });

const predictionSchema = z.strictObject({
  type: z.literal('content'),
  content: z.union([z.string().max(MAX_TEXT_LENGTH), z.array(textPart).max(1_024)]),
});

const speculationSchema = z.union(
  [
    z.boolean(),
    z.strictObject({
      draft: z.string().min(1).max(MAX_NAME_LENGTH).optional().describe('How guesses are made, as --draft'),
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
  choice: z.array(z.string().min(1)).min(1).max(MAX_ALTERNATIVES).optional(),
  grammar: constraintText.optional(),
});

/** Most tokens of an answer; -1: no limit, as many clients write it. */
export const tokenLimit = z
  .number()
  .int()
  .refine((limit) => limit === -1 || limit >= 1, 'must be at least 1, or -1 for no limit')
  .describe('-1: no limit');

/** Parameters that chat and completions share. */
export const generationParameters = {
  model: name.optional().describe('Name of the served model. Another name is 404.'),
  n: z.number().int().min(1).max(MAX_CHOICES).default(1),
  seed: z.number().int().optional(),
  stream: z.boolean().default(false),
  stream_options: z
    .strictObject({ include_usage: z.boolean().default(false), include_obfuscation: z.boolean().optional() })
    .optional(),
  stop: z
    .union([stopString, z.array(stopString).max(MAX_STOPS)], {
      error: `must be a string, or at most ${MAX_STOPS} strings, of 1 to ${MAX_STOP_LENGTH} characters`,
    })
    .optional(),
  max_tokens: tokenLimit.optional(),
  temperature: z.number().min(0).max(MAX_TEMPERATURE).default(1),
  top_p: z.number().min(0).max(1).default(1),
  top_k: z.number().int().min(-1).optional().describe('0 and -1: no limit'),
  min_p: z.number().min(0).max(1).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  repetition_penalty: z.number().min(MIN_REPETITION_PENALTY).max(10).optional(),
  repeat_penalty: z
    .number()
    .min(MIN_REPETITION_PENALTY)
    .max(10)
    .optional()
    .describe("llama-server's name of repetition_penalty"),
  repeat_last_n: z.number().int().min(-1).optional().describe('Tokens that repetition_penalty looks at; -1: all'),
  logit_bias: z
    .record(z.string().regex(/^\d{1,10}$/, 'keys must be token ids'), z.number().min(-100).max(100))
    .refine((bias) => Object.keys(bias).length <= MAX_BIASED_TOKENS, `at most ${MAX_BIASED_TOKENS} tokens`)
    .optional(),
  ignore_eos: z.boolean().default(false),
  prediction: predictionSchema.optional(),
  speculation: speculationSchema.optional(),
  grammar: constraintText.optional().describe("llama-server's: EBNF with the rule root"),
  json_schema: jsonObject.optional().describe("llama-server's: a JSON schema"),
  guided_json: z.union([jsonObject, constraintText]).optional(),
  guided_regex: constraintText.optional(),
  guided_choice: z.array(z.string().min(1)).min(1).max(MAX_ALTERNATIVES).optional(),
  guided_grammar: constraintText.optional(),
  structured_outputs: structuredOutputsSchema.optional(),
  cache_salt: name
    .min(1)
    .optional()
    .describe('What is kept of this request serves only others with the same salt (of the same key)'),
  foretoken: z
    .strictObject({ rounds: z.boolean().optional() })
    .optional()
    .describe('rounds: show with each chunk which tokens were guesses, and each round'),
  // Taken and without effect.
  cache_prompt: z.boolean().optional(),
  metadata: z
    .record(z.string().max(64), name)
    .refine((entries) => Object.keys(entries).length <= MAX_METADATA_ENTRIES, `at most ${MAX_METADATA_ENTRIES} entries`)
    .optional(),
  prompt_cache_key: name.optional(),
  prompt_cache_retention: name.optional(),
  safety_identifier: name.optional(),
  reasoning_effort: name.optional(),
  service_tier: name.optional(),
  store: z.boolean().optional(),
  user: name.optional(),
  verbosity: name.optional(),
};

/** A request's parameters that chat and completions share, as they were read. */
export type GenerationParameters = z.output<z.ZodObject<typeof generationParameters>>;

import { z } from 'zod';
import { functionName, toolParameters } from '../chat-schema.js';
import { commonParameters, tokenLimit } from '../generation-schema.js';
import { jsonObject } from '../json-object.js';
import {
  MAX_CONTENT_PARTS,
  MAX_LIKELIEST,
  MAX_MESSAGES,
  MAX_NAME_LENGTH,
  MAX_TEXT_LENGTH,
  MAX_TOOLS,
} from '../limits.js';

const text = z.string().max(MAX_TEXT_LENGTH);
const name = z.string().max(MAX_NAME_LENGTH);

const part = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.enum(['input_text', 'output_text', 'text']), text }),
    z.strictObject({ type: z.literal('refusal'), refusal: text }).transform(({ refusal }) => ({ text: refusal })),
  ],
  { error: 'only parts of the types "input_text" and "output_text" are supported: the model reads text' },
);

const content = z
  .union([text, z.array(part).max(MAX_CONTENT_PARTS)])
  .transform((value) => (typeof value === 'string' ? value : value.map((one) => one.text).join('')));

const itemByType = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('message'),
      role: z.enum(['user', 'assistant', 'system', 'developer']),
      content,
    }),
    z.strictObject({ type: z.literal('function_call'), call_id: name, name: functionName, arguments: text }),
    z.strictObject({ type: z.literal('function_call_output'), call_id: name, output: content }),
    // What another model thought: no part of the conversation.
    z.strictObject({ type: z.literal('reasoning') }),
  ],
  {
    error:
      'must be "message", "function_call" or "function_call_output" (nothing is stored that an item could refer to: set store to false in the client, and it sends whole items)',
  },
);

/** Items without a type are messages. */
const item = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !('type' in value) ? { ...value, type: 'message' } : value,
  itemByType,
);

const tool = z.strictObject({
  type: z.literal('function', {
    error: 'only tools of the type "function" are supported: the server runs none itself',
  }),
  ...toolParameters,
});

const namedFunction = z.strictObject({ type: z.literal('function'), name: functionName });

const toolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    namedFunction,
    z.strictObject({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: z.array(namedFunction).min(1).max(MAX_TOOLS),
    }),
  ],
  {
    error:
      'must be "none", "auto", "required", { "type": "function", "name": … } or { "type": "allowed_tools", "mode": …, "tools": […] }',
  },
);

const format = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      name: functionName,
      description: text.optional(),
      schema: jsonObject,
      strict: z.boolean().optional(),
    }),
  ],
  { error: 'must be "text", "json_object" or "json_schema"' },
);

/** Body of `POST /v1/responses`. */
export const responsesSchema = z.strictObject({
  input: z.union([text, z.array(item).min(1).max(MAX_MESSAGES)], { error: 'must be a text or an array of items' }),
  instructions: text.optional().describe('A system message before the input'),
  ...commonParameters,
  stream_options: z.strictObject({}).optional(),
  max_output_tokens: tokenLimit.optional(),
  tools: z.array(tool).max(MAX_TOOLS).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  text: z.strictObject({ format: format.optional(), verbosity: name.optional() }).optional(),
  include: z.array(name).max(MAX_NAME_LENGTH).default([]),
  top_logprobs: z.number().int().min(0).max(MAX_LIKELIEST).optional(),
  // Taken and without effect.
  max_tool_calls: z.number().int().optional(),
  reasoning: z.object({}).optional(),
});

export type ResponsesRequest = z.output<typeof responsesSchema>;
export type ResponseItem = z.output<typeof item>;

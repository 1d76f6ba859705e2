import { z } from 'zod';
import { generationParameters, tokenLimit } from './generation-schema.js';
import { jsonObject } from './json-object.js';
import {
  MAX_CONSTRAINT_LENGTH,
  MAX_CONTENT_PARTS,
  MAX_LIKELIEST,
  MAX_MESSAGES,
  MAX_NAME_LENGTH,
  MAX_TEXT_LENGTH,
  MAX_TOOL_CALLS,
  MAX_TOOLS,
} from './limits.js';
import { parameter } from './parameter.js';

const text = z.string().max(MAX_TEXT_LENGTH);
const name = z.string().max(MAX_NAME_LENGTH);
/** Name of a function, or of a form. */
export const functionName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -');

const contentPart = z.discriminatedUnion(
  'type',
  [z.strictObject({ type: z.literal('text'), text }), z.strictObject({ type: z.literal('refusal'), refusal: text })],
  { error: 'only parts of the type "text" are supported: the model reads text' },
);

const content = z
  .union([text, z.array(contentPart).max(MAX_CONTENT_PARTS)])
  .transform((value) =>
    typeof value === 'string' ? value : value.map((part) => (part.type === 'text' ? part.text : part.refusal)).join(''),
  );

const toolCall = z.strictObject({
  id: name,
  type: z.literal('function').default('function'),
  index: z.number().int().optional(),
  function: z.strictObject({ name: functionName, arguments: text }),
});

const message = z.discriminatedUnion(
  'role',
  [
    z.strictObject({ role: z.literal('system'), content, name: name.optional() }),
    z.strictObject({ role: z.literal('developer'), content, name: name.optional() }),
    z.strictObject({ role: z.literal('user'), content, name: name.optional() }),
    z.strictObject({
      role: z.literal('assistant'),
      content: content.optional(),
      refusal: text.optional(),
      name: name.optional(),
      tool_calls: z.array(toolCall).max(MAX_TOOL_CALLS).optional(),
      function_call: z.never({ error: "is not supported; send the call in 'tool_calls'" }).optional(),
    }),
    z.strictObject({ role: z.literal('tool'), content, tool_call_id: name, name: name.optional() }),
  ],
  { error: 'must be system, developer, user, assistant or tool' },
);

export const messagesSchema = z.array(message).min(1).max(MAX_MESSAGES);

export const toolParameters = {
  name: functionName,
  description: text.optional(),
  parameters: jsonObject.optional(),
  strict: z.boolean().optional(),
};

const tool = z.strictObject({ type: z.literal('function'), function: z.strictObject(toolParameters) });

export const toolsSchema = z.array(tool).max(MAX_TOOLS);

const namedFunction = z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: functionName }) });

const toolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    namedFunction,
    z.strictObject({
      type: z.literal('allowed_tools'),
      allowed_tools: z.strictObject({
        mode: z.enum(['auto', 'required']),
        tools: z.array(namedFunction).min(1).max(MAX_TOOLS),
      }),
    }),
  ],
  {
    error:
      'must be "none", "auto", "required", { "type": "function", "function": { "name": … } } or { "type": "allowed_tools", "allowed_tools": { "mode": …, "tools": […] } }',
  },
);

const responseFormat = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object'), schema: jsonObject.optional() }),
    z.strictObject({
      type: z.literal('json_schema'),
      json_schema: z.strictObject({
        name: functionName,
        description: text.optional(),
        schema: jsonObject.optional(),
        strict: z.boolean().optional(),
      }),
    }),
  ],
  { error: 'must be "text", "json_object" or "json_schema"' },
);

/** What templates are given by the server itself. */
const OWN_VARIABLES = ['messages', 'tools', 'documents', 'add_generation_prompt', 'bos_token', 'eos_token'];

/** How the chat template is applied. */
export const templateParameters = {
  chat_template_kwargs: parameter(
    z
      .record(name, z.unknown())
      .refine((entries) => OWN_VARIABLES.every((own) => !Object.hasOwn(entries, own)), {
        error: `can't replace what the server gives the template: ${OWN_VARIABLES.join(', ')}`,
      })
      .refine((entries) => JSON.stringify(entries).length <= MAX_CONSTRAINT_LENGTH, {
        error: `must have at most ${MAX_CONSTRAINT_LENGTH} characters as JSON`,
      })
      .optional(),
    'further variables of the chat template, such as `{ "enable_thinking": false }`',
  ),
  add_generation_prompt: parameter(
    z.boolean().default(true),
    "whether the prompt ends with the beginning of the assistant's turn; not when a message is continued",
  ),
};

/** Body of `POST /v1/chat/completions`. */
export const chatSchema = z.strictObject({
  messages: parameter(messagesSchema, 'the conversation: [messages](#messages)', 'required'),
  ...generationParameters,
  max_completion_tokens: parameter(tokenLimit.optional(), 'counts before `max_tokens`', 'the context'),
  logprobs: parameter(
    z.boolean().default(false),
    "logprobs of each token. They are the model's own, before any setting",
  ),
  top_logprobs: parameter(
    z.number().int().min(0).max(MAX_LIKELIEST).optional(),
    `with \`logprobs\`: so many of the likeliest tokens, at most ${MAX_LIKELIEST}`,
    '0',
  ),
  response_format: parameter(
    responseFormat.optional(),
    '`text`, `json_object`, `json_schema`: [structured output](#structured-output)',
    'text',
  ),
  tools: parameter(toolsSchema.optional(), '[tools](#tools)'),
  tool_choice: parameter(toolChoice.optional(), '`auto`, `none`, `required`, or which: [tools](#tools)', '`auto`'),
  parallel_tool_calls: parameter(z.boolean().optional(), 'whether an answer may have several calls', 'true'),
  ...templateParameters,
  continue_final_message: parameter(
    z.boolean().default(false),
    "continues the last message, which must be an assistant's; the answer is the text after it",
  ),
});

export type ChatRequest = z.output<typeof chatSchema>;
export type ChatRequestMessage = z.output<typeof message>;
export type ResponseFormat = z.output<typeof responseFormat>;

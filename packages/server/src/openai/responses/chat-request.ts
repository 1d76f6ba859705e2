import { type ChatRequest, chatSchema, type ResponseFormat } from '../chat-schema.js';
import { inputMessages } from './input-messages.js';
import type { ResponsesRequest } from './responses-schema.js';

/** Logprobs are asked for as something to include. */
const LOGPROBS = 'message.output_text.logprobs';

/** What a request for a response is as a request for a chat completion. */
export function chatRequest(body: ResponsesRequest): ChatRequest {
  const { input, instructions, include, text, tools, tool_choice: choice, top_logprobs: top, ...rest } = body;
  const { max_output_tokens: limit, max_tool_calls: _, reasoning: __, stream_options: ___, ...shared } = rest;
  const format = text?.format;
  return {
    ...chatDefaults,
    ...shared,
    messages: inputMessages({ input, instructions }),
    ...(limit === undefined ? {} : { max_completion_tokens: limit }),
    ...(format === undefined ? {} : { response_format: responseFormat(format) }),
    ...(tools === undefined ? {} : { tools: tools.map(({ type, ...described }) => ({ type, function: described })) }),
    ...(choice === undefined ? {} : { tool_choice: toolChoice(choice) }),
    logprobs: include.includes(LOGPROBS) || (top ?? 0) > 0,
    ...(top === undefined ? {} : { top_logprobs: top }),
  };
}

const chatDefaults = chatSchema.parse({ messages: [{ role: 'user', content: '' }] });

function toolChoice(choice: NonNullable<ResponsesRequest['tool_choice']>): NonNullable<ChatRequest['tool_choice']> {
  if (typeof choice === 'string') return choice;
  const named = ({ type, name }: { type: 'function'; name: string }) => ({ type, function: { name } });
  if (choice.type === 'function') return named(choice);
  return { type: choice.type, allowed_tools: { mode: choice.mode, tools: choice.tools.map(named) } };
}

function responseFormat(
  format: NonNullable<NonNullable<ResponsesRequest['text']>['format']>,
): NonNullable<ResponseFormat> {
  if (format.type !== 'json_schema') return { type: format.type };
  const { type, ...described } = format;
  return { type, json_schema: described };
}

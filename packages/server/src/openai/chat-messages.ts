import type { ModelText } from '@foretoken/backend';
import { withoutUndefined } from '@foretoken/core';
import type { ApplyChatTemplateOptions, ChatMessage, ChatTemplate } from '@foretoken/core/text';
import { ApiError } from '../http/api-error.js';
import type { ChatRequest, ChatRequestMessage } from './chat-schema.js';

/** A message as templates know it: its content is text, and a developer is the system. */
export function templateMessage(message: ChatRequestMessage): ChatMessage {
  const name = message.name === undefined ? {} : { name: message.name };
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: message.content, ...name };
    case 'user':
      return { role: 'user', content: message.content, ...name };
    case 'tool':
      return { role: 'tool', content: message.content, tool_call_id: message.tool_call_id, ...name };
    case 'assistant': {
      const { content, refusal, tool_calls: calls } = message;
      const called = calls ? { tool_calls: calls.map(({ index: _, ...call }) => call) } : {};
      return { role: 'assistant', content: content ?? refusal ?? '', ...called, ...name };
    }
  }
}

/** @throws {ApiError} 400 for a model without a chat template. */
export function chatTemplateOf({ chatTemplate, name }: ModelText): ChatTemplate {
  if (chatTemplate !== undefined) return chatTemplate;
  throw new ApiError(`The model ${JSON.stringify(name)} has no chat template. Use /v1/completions.`, {
    status: 400,
    type: 'invalid_request_error',
    code: 'no_chat_template',
    param: 'messages',
  });
}

/** What a request says of the template, beside messages and tools. */
export type TemplateRequest = Pick<ChatRequest, 'add_generation_prompt' | 'chat_template_kwargs'>;

/** How a template is applied, from a request. */
export function templateOptions(
  { add_generation_prompt: addGenerationPrompt, chat_template_kwargs: variables }: TemplateRequest,
  tools: readonly unknown[] | undefined,
): ApplyChatTemplateOptions {
  return { addGenerationPrompt, ...withoutUndefined({ variables, tools }) };
}

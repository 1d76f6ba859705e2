import type { ModelText } from '@foretoken/core/tensorflow';
import type { ChatMessage } from '@foretoken/core/text';
import { unsupportedParameter } from '../http/api-error.js';
import type { ToolCallParser } from '../tools/index.js';
import { chatTemplateOf, encodeMessages } from './chat-messages.js';
import type { ChatRequest } from './chat-schema.js';
import { type AskedConstraint, outputConstraint } from './output-constraint.js';

/** What a conversation is to the engine. */
export interface ChatPrompt {
  readonly tokens: Int32Array;
  readonly constraint: AskedConstraint | undefined;
  /** Finds tool calls in an answer; `undefined` without tools. */
  readonly parser: (() => ToolCallParser) | undefined;
}

/** @throws {ApiError} 400 for messages that the template refuses, and for tools that can't be used. */
export function chatPrompt(body: ChatRequest, messages: readonly ChatMessage[], text: ModelText): ChatPrompt {
  if (body.tools !== undefined && body.tools.length > 0) throw unsupportedParameter('tools', 'Not yet.');
  return { tokens: encodeMessages(messages, text, undefined), constraint: outputConstraint(body), parser: undefined };
}

/** The text of a conversation, as `chatPrompt` encodes it. */
export function chatText(body: Pick<ChatRequest, 'tools'>, messages: readonly ChatMessage[], text: ModelText): string {
  if (body.tools !== undefined && body.tools.length > 0) throw unsupportedParameter('tools', 'Not yet.');
  return chatTemplateOf(text).apply(messages);
}

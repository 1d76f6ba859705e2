import type { ModelText } from '@foretoken/core/tensorflow';
import type { ChatMessage } from '@foretoken/core/text';
import type { OutputConstraint } from '../engine/text-engine.js';
import { foldToolMessages, planTools, type ToolCallParser, type ToolPlan, templateKnowsTools } from '../tools/index.js';
import {
  chatTemplateOf,
  encodeMessages,
  type TemplateRequest,
  templateMessages,
  templateOptions,
} from './chat-messages.js';
import type { ChatRequest } from './chat-schema.js';
import { type AskedConstraint, outputConstraint } from './output-constraint.js';

/** What a conversation is to the engine. */
export interface ChatPrompt {
  readonly tokens: Int32Array;
  readonly constraint: AskedConstraint | undefined;
  /** Finds tool calls in an answer; `undefined` without tools. */
  readonly parser: (() => ToolCallParser) | undefined;
}

/**
 * @throws {ApiError} 400 for a model without a chat template, and for two forms of the answer.
 * @throws {InvalidToolsError} tools or a choice that can't be used.
 * @throws {ChatTemplateError} messages that the template refuses.
 */
export function chatPrompt(body: ChatRequest, text: ModelText): ChatPrompt {
  const asked = outputConstraint(body);
  const { messages, plan } = conversation(body, text, asked?.constraint);
  return {
    tokens: encodeMessages(messages, text, {
      ...templateOptions(body, plan?.templateTools),
      continueFinalMessage: body.continue_final_message,
    }),
    constraint: plan === undefined ? asked : { param: asked?.param ?? 'tools', constraint: plan.constraint },
    parser: plan?.parser,
  };
}

/** The text of a conversation, as `chatPrompt` encodes it. Throws the same. */
export function chatText(body: Pick<ChatRequest, 'messages' | 'tools'> & TemplateRequest, text: ModelText): string {
  const { messages, plan } = conversation(body, text);
  return chatTemplateOf(text).apply(messages, templateOptions(body, plan?.templateTools));
}

function conversation(
  body: Pick<ChatRequest, 'messages' | 'tools'> & Partial<Pick<ChatRequest, 'tool_choice' | 'parallel_tool_calls'>>,
  text: ModelText,
  form?: OutputConstraint,
): { readonly messages: readonly ChatMessage[]; readonly plan: ToolPlan | undefined } {
  const knows = templateKnowsTools(chatTemplateOf(text));
  const plan = planTools({
    tools: body.tools ?? [],
    toolChoice: body.tool_choice,
    parallelToolCalls: body.parallel_tool_calls,
    templateKnowsTools: knows,
    form,
  });
  const messages = foldToolMessages(templateMessages(body.messages), {
    templateKnowsTools: knows,
    systemPrompt: plan?.systemPrompt,
  });
  return { messages, plan };
}

import type { ModelText } from '@foretoken/backend';
import type { ChatMessage } from '@foretoken/core/text';
import type { OutputConstraint } from '@foretoken/structured-output';
import type { Asker } from '../threads/tenant-thread.js';
import {
  foldToolMessages,
  planTools,
  type SchemaChoice,
  type ToolCallParser,
  type ToolPlan,
  templateKnowsTools,
} from '../tools/index.js';
import { chatTemplateOf, type TemplateRequest, templateMessage, templateOptions } from './chat-messages.js';
import type { ChatRequest } from './chat-schema.js';
import type { Generations } from './generations.js';
import { type AskedConstraint, outputConstraint } from './output-constraint.js';

export interface ChatPrompt {
  readonly tokens: Int32Array;
  readonly constraint: AskedConstraint | undefined;
  /** Finds tool calls in an answer; `undefined` without tools. */
  readonly parser: (() => ToolCallParser) | undefined;
}

/**
 * @param place - for whom, and the parameter that holds the conversation
 * @throws {ApiError} 400 for a model without a chat template, for two forms of the answer, and for too many tokens.
 * @throws {InvalidToolsError} tools or a choice that can't be used.
 * @throws {ChatTemplateError} messages that the template refuses.
 */
export async function chatPrompt(
  body: ChatRequest,
  generations: Generations,
  place: Asker & { readonly param: string },
): Promise<ChatPrompt> {
  const asked = outputConstraint(body);
  const schemas = await toolSchemas(body, generations, place);
  const { messages, plan } = conversation({ ...body, schemas }, generations.text, asked?.constraint);
  const options = {
    ...templateOptions(body, plan?.templateTools),
    continueFinalMessage: body.continue_final_message,
    maximumTokens: generations.maximumPromptTokens,
  };
  const tokens = await generations.tokens({ kind: 'conversation', messages, options }, place.param, place);
  generations.checkPrompt(tokens, place.param);
  return {
    tokens,
    constraint: plan === undefined ? asked : { param: asked?.param ?? 'tools', constraint: plan.constraint },
    parser: plan?.parser,
  };
}

/** The text of a conversation, as `chatPrompt` encodes it. Throws the same. */
export async function chatText(
  body: Pick<ChatRequest, 'messages' | 'tools'> & TemplateRequest,
  generations: Generations,
  asker: Asker,
): Promise<string> {
  const schemas = await toolSchemas(body, generations, asker);
  const { messages, plan } = conversation({ ...body, schemas }, generations.text);
  return generations.string({ kind: 'render', messages, options: templateOptions(body, plan?.templateTools) }, asker);
}

/** In a thread, where that takes long. */
async function toolSchemas(
  { tools = [] }: Pick<ChatRequest, 'tools'>,
  generations: Generations,
  asker: Asker,
): Promise<readonly SchemaChoice[]> {
  if (tools.length === 0) return [];
  return JSON.parse(await generations.string({ kind: 'tool-schemas', tools }, asker)) as readonly SchemaChoice[];
}

function conversation(
  body: Pick<ChatRequest, 'messages' | 'tools'> &
    Partial<Pick<ChatRequest, 'tool_choice' | 'parallel_tool_calls' | 'stop'>> & {
      readonly schemas: readonly SchemaChoice[];
    },
  text: ModelText,
  form?: OutputConstraint,
): { readonly messages: readonly ChatMessage[]; readonly plan: ToolPlan | undefined } {
  const knows = templateKnowsTools(chatTemplateOf(text));
  const plan = planTools({
    tools: body.tools ?? [],
    schemas: body.schemas,
    toolChoice: body.tool_choice,
    parallelToolCalls: body.parallel_tool_calls,
    templateKnowsTools: knows,
    form,
    wholeCalls: [body.stop ?? []].flat().length > 0,
  });
  const messages = foldToolMessages(body.messages.map(templateMessage), {
    templateKnowsTools: knows,
    systemPrompt: plan?.systemPrompt,
  });
  return { messages, plan };
}

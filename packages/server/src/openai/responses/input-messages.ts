import type { ChatRequestMessage } from '../chat-schema.js';
import type { ResponseItem, ResponsesRequest } from './responses-schema.js';

type AssistantMessage = Extract<ChatRequestMessage, { readonly role: 'assistant' }>;

/** A request's instructions and items as the messages of a conversation. Calls join the answer that they came with. */
export function inputMessages({
  instructions,
  input,
}: Pick<ResponsesRequest, 'instructions' | 'input'>): ChatRequestMessage[] {
  const messages: ChatRequestMessage[] = instructions === undefined ? [] : [{ role: 'system', content: instructions }];
  if (typeof input === 'string') return [...messages, { role: 'user', content: input }];
  for (const item of input) {
    const last = messages.at(-1);
    if (item.type === 'function_call' && last?.role === 'assistant') {
      messages[messages.length - 1] = { ...last, tool_calls: [...(last.tool_calls ?? []), callOf(item)] };
    } else {
      messages.push(...messageOf(item));
    }
  }
  return messages;
}

function messageOf(item: ResponseItem): readonly ChatRequestMessage[] {
  switch (item.type) {
    case 'message':
      return [{ role: item.role, content: item.content }];
    case 'function_call':
      return [{ role: 'assistant', tool_calls: [callOf(item)] }];
    case 'function_call_output':
      return [{ role: 'tool', tool_call_id: item.call_id, content: item.output }];
    case 'reasoning':
      return [];
  }
}

function callOf(
  call: ResponseItem & { readonly type: 'function_call' },
): NonNullable<AssistantMessage['tool_calls']>[number] {
  return { id: call.call_id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}

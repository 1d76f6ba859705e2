import { type ChatMessage, isWrittenNumber, parseExactJson } from '@foretoken/core/text';
import { writeCall, writeResult } from './tagged-calls.js';

/** A call in an assistant's message, as OpenAI has it: the arguments are JSON text. */
interface MessageCall {
  readonly function: { readonly name: string; readonly arguments: string };
}

/**
 * Brings tools into a conversation in the way that the model's template can write. Without tool support in the template
 * the tools' description joins the system message, calls become text of the assistant, results text of the user. With
 * it, only the arguments of calls change, from JSON text to the objects that templates write out. To be used for
 * conversations without tools as well: their history may hold calls.
 */
export function foldToolMessages(
  messages: readonly ChatMessage[],
  options: { readonly templateKnowsTools: boolean; readonly systemPrompt?: string | undefined },
): readonly ChatMessage[] {
  if (options.templateKnowsTools) return messages.map(withParsedArguments);
  const { systemPrompt } = options;
  const folded: ChatMessage[] = [];
  let lastIsResult = false;
  for (const message of messages) {
    const previous = folded.at(-1);
    const isResult = message.role === 'tool';
    if (isResult && lastIsResult && previous !== undefined) {
      // Results of one turn come together, as one message of the user.
      folded[folded.length - 1] = { ...previous, content: `${previous.content}\n${writeResult(message.content)}` };
    } else {
      folded.push(isResult ? { role: 'user', content: writeResult(message.content) } : withWrittenCalls(message));
    }
    lastIsResult = isResult;
  }
  return systemPrompt === undefined ? folded : withSystemPrompt(folded, systemPrompt);
}

function withSystemPrompt(messages: readonly ChatMessage[], prompt: string): readonly ChatMessage[] {
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: prompt }, ...messages];
  return [{ ...first, content: `${first.content}\n\n${prompt}` }, ...rest];
}

function callsOf(message: ChatMessage): readonly MessageCall[] {
  const calls = message.tool_calls;
  return message.role === 'assistant' && Array.isArray(calls) ? calls : [];
}

function withWrittenCalls(message: ChatMessage): ChatMessage {
  const calls = callsOf(message).map((call) => writeCall(call.function.name, call.function.arguments));
  if (calls.length === 0) return message;
  const { tool_calls: _, ...rest } = message;
  return {
    ...rest,
    role: message.role,
    content: [...(message.content === '' ? [] : [message.content]), ...calls].join('\n'),
  };
}

function withParsedArguments(message: ChatMessage): ChatMessage {
  const calls = callsOf(message);
  if (calls.length === 0) return message;
  const parsed = calls.map((call) => ({
    ...call,
    function: { ...call.function, arguments: parseArguments(call.function.arguments) },
  }));
  return { ...message, tool_calls: parsed };
}

/** What a client sends back may be cut off; the template then writes the text as it is. */
function parseArguments(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    const value = parseExactJson(text);
    return typeof value === 'object' && value !== null && !isWrittenNumber(value) ? value : text;
  } catch {
    return text;
  }
}

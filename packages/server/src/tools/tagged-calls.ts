import { writeExactJson } from '@foretoken/core/text';
import { exactly } from './exact-values.js';
import type { ToolDefinition } from './tool-definition.js';

/*
 * Calls as Hermes and Qwen models write them.
 * Source: the chat templates of NousResearch/Hermes-2-Pro and Qwen/Qwen2.5-Instruct.
 */
export const CALL_TAG = '<tool_call>';
export const CALL_CLOSING_TAG = '</tool_call>';
/** What comes before a function's name, and after its arguments. */
export const CALL_BEGIN = `${CALL_TAG}\n{"name": `;
export const CALL_END = `}\n${CALL_CLOSING_TAG}`;

export function toolPrompt(tools: readonly ToolDefinition[]): string {
  const lines = tools.map((tool) => writeExactJson(exactly({ type: 'function', function: shown(tool) })));
  return [
    '# Tools',
    '',
    'You may call one or more functions to assist with the user query.',
    '',
    'You are provided with function signatures within <tools></tools> XML tags:',
    '<tools>',
    ...lines,
    '</tools>',
    '',
    'For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:',
    CALL_TAG,
    '{"name": <function-name>, "arguments": <args-json-object>}',
    CALL_CLOSING_TAG,
  ].join('\n');
}

function shown({ function: described }: ToolDefinition): object {
  const { name, description, parameters } = described;
  return { name, ...(description === undefined ? {} : { description }), ...(parameters ? { parameters } : {}) };
}

/** A call that was made before, as the model would have written it. */
export function writeCall(name: string, args: string): string {
  return `${CALL_BEGIN}${JSON.stringify(name)}, "arguments": ${args.trim() === '' ? '{}' : args}${CALL_END}`;
}

export function writeResult(content: string): string {
  return `<tool_response>\n${content}\n</tool_response>`;
}

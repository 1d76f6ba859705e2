import { parseExactJson, writeExactJson } from '@foretoken/core/text';
import { compileSchema, type OutputConstraint } from '@foretoken/structured-output';
import { argumentsSchema, chooseSchema, type SchemaChoice } from './arguments-schema.js';
import { createCallId } from './call-id.js';
import { InvalidToolsError } from './errors.js';
import { exactly } from './exact-values.js';
import { JsonCallParser } from './json-call-parser.js';
import { TaggedCallParser } from './tagged-call-parser.js';
import { CALL_BEGIN, CALL_END, CALL_TAG, toolPrompt } from './tagged-calls.js';
import type { ToolCallParser } from './tool-call-parser.js';
import type { ToolChoice, ToolDefinition } from './tool-definition.js';
import { WholeCallsParser } from './whole-calls-parser.js';

/** Longest JSON of all tool descriptions together, in characters: more would not fit into a context. */
const MAX_TOOL_DESCRIPTIONS_LENGTH = 131_072;

export interface ToolPlanOptions {
  readonly tools: readonly ToolDefinition[];
  /** What arguments are held to, tool by tool. @default what `chooseSchema` finds */
  readonly schemas?: readonly SchemaChoice[] | undefined;
  /** @default 'auto' */
  readonly toolChoice?: ToolChoice | undefined;
  /** Whether the answer may hold several calls. @default true, false for a named function */
  readonly parallelToolCalls?: boolean | undefined;
  /** Whether the model's chat template writes tools by itself, see `templateKnowsTools`. */
  readonly templateKnowsTools: boolean;
  /** What an answer without calls must look like. With 'required' and a named function there is none. @default free text */
  readonly form?: OutputConstraint | undefined;
  /** Whether a call comes when it is complete, and one that was cut off not at all. @default false: it comes as it grows */
  readonly wholeCalls?: boolean | undefined;
  /** Makes the ids of calls. @default random: `call_` and 24 letters and digits */
  readonly callId?: (() => string) | undefined;
}

export interface ToolPlan {
  /** Describes the tools; goes into the conversation with `foldToolMessages`. Absent when the template writes them. */
  readonly systemPrompt?: string;
  /** Tools for the chat template. Absent when the template does not know tools. */
  readonly templateTools?: readonly unknown[];
  /** What the answer must look like. */
  readonly constraint: OutputConstraint;
  readonly parser: () => ToolCallParser;
}

/**
 * Plans a request with tools: how the model is told of them, what its answer may be, and who finds the calls in it.
 * Calls are written as Hermes and Qwen models learned it: `<tool_call>`, an object with `name` and `arguments`,
 * `</tool_call>`. With 'auto' the answer is free until such a tag begins, and held to the tools' schemas inside; with
 * 'required' and a named function it is nothing but calls, with a form it is calls or of that form. In a free answer
 * calls that are written as JSON without the tag are found too. `undefined` without tools and with 'none'.
 *
 * @throws {InvalidToolsError} tools or a choice that can't be used, with the parameter's name.
 */
export function planTools(options: ToolPlanOptions): ToolPlan | undefined {
  const { tools, toolChoice = 'auto', templateKnowsTools, form, wholeCalls = false, callId = createCallId } = options;
  checkTools(tools);
  const choosable = chooseTools(tools, toolChoice);
  if (choosable.length === 0) return undefined;
  const schemas = new Map(
    choosable.map(({ tool, parameter }) => {
      const choice = options.schemas?.[tools.indexOf(tool)] ?? chooseSchema(tool);
      return [tool.function.name, argumentsSchema(tool, { parameter, choice })];
    }),
  );
  const tags = [...schemas].map(([name, schema]) => ({
    type: 'tag',
    begin: `${CALL_BEGIN}${JSON.stringify(name)}, "arguments": `,
    content: { type: 'json_schema', json_schema: schema },
    end: CALL_END,
  }));
  const mode = modeOf(toolChoice);
  const several = options.parallelToolCalls ?? (typeof toolChoice === 'string' || toolChoice.type === 'allowed_tools');
  const calls = { type: 'tags_with_separator', tags, separator: '\n', at_least_one: true, stop_after_first: !several };
  const free = { type: 'triggered_tags', triggers: [CALL_TAG], tags, at_least_one: false, stop_after_first: !several };
  const other = form === undefined ? free : { type: 'or', elements: [calls, once(formatOf(form))] };
  const format = mode === 'auto' ? other : calls;
  const checks = new Map([...schemas].map(([name, schema]) => [name, argumentsCheck(schema)]));
  return {
    ...(templateKnowsTools ? { templateTools: tools.map(exactly) } : { systemPrompt: toolPrompt(tools) }),
    constraint: { kind: 'structural-tag', tag: writeExactJson(exactly({ type: 'structural_tag', format })) },
    parser: () => {
      const tagged = new TaggedCallParser(callId);
      const isFree = mode === 'auto' && form === undefined;
      const parser = isFree ? new JsonCallParser(tagged, { checks, several, callId }) : tagged;
      return wholeCalls ? new WholeCallsParser(parser) : parser;
    },
  };
}

/** A format once and by itself: xgrammar takes "one of" for formats of one kind only, and calls are tags. The separator, which it wants, never comes. */
function once(content: unknown): unknown {
  const tags = [{ type: 'tag', begin: '', content, end: '' }];
  return { type: 'tags_with_separator', tags, separator: '\n', at_least_one: true, stop_after_first: true };
}

/** A constraint as a part of a structural tag. */
function formatOf(form: OutputConstraint): unknown {
  switch (form.kind) {
    case 'json':
      return { type: 'json_schema', json_schema: {} };
    case 'json-schema':
      return { type: 'json_schema', json_schema: parseExactJson(form.schema) };
    case 'regex':
      return { type: 'regex', pattern: form.pattern };
    case 'grammar':
      return { type: 'grammar', grammar: form.grammar };
    case 'structural-tag':
      return (JSON.parse(form.tag) as { readonly format: unknown }).format;
  }
}

/** Whether a schema that `argumentsSchema` gave holds for a value. It is compiled when it is first needed. */
function argumentsCheck(schema: object): (value: unknown) => boolean {
  let check: ReturnType<typeof compileSchema> | undefined;
  return (value) => {
    check ??= compileSchema(schema);
    return check(value) as boolean;
  };
}

interface ChoosableTool {
  readonly tool: ToolDefinition;
  readonly parameter: string;
}

function chooseTools(tools: readonly ToolDefinition[], choice: ToolChoice): readonly ChoosableTool[] {
  const all = tools.map((tool, i) => ({ tool, parameter: `tools[${i}].function` }));
  if (choice === 'none') return [];
  if (all.length === 0 && choice !== 'auto') {
    throw new InvalidToolsError('tool_choice', `tool_choice is ${JSON.stringify(choice)}, but there are no tools.`);
  }
  if (typeof choice === 'string') return all;
  const wanted = choice.type === 'function' ? [choice] : choice.allowed_tools.tools;
  return wanted.map(({ function: { name } }) => {
    const named = all.find(({ tool }) => tool.function.name === name);
    if (named !== undefined) return named;
    throw new InvalidToolsError(
      'tool_choice',
      `tool_choice names the function ${JSON.stringify(name)}, which is not among the tools.`,
    );
  });
}

function modeOf(choice: ToolChoice): 'none' | 'auto' | 'required' {
  if (typeof choice === 'string') return choice;
  return choice.type === 'function' ? 'required' : choice.allowed_tools.mode;
}

/**
 * What all tools together may be, whatever their arguments are: schemas see to each alone. Takes little time.
 *
 * @throws {InvalidToolsError} too many characters, and names that come twice.
 */
export function checkTools(tools: readonly ToolDefinition[]): void {
  const names = new Set<string>();
  for (const [i, { function: described }] of tools.entries()) {
    const { name } = described;
    if (names.has(name)) {
      throw new InvalidToolsError(`tools[${i}].function.name`, `There are two functions with the name ${name}.`);
    }
    names.add(name);
  }
  const { length } = JSON.stringify(tools);
  if (length > MAX_TOOL_DESCRIPTIONS_LENGTH) {
    throw new InvalidToolsError(
      'tools',
      `The tools have ${length} characters as JSON; at most ${MAX_TOOL_DESCRIPTIONS_LENGTH} are possible.`,
    );
  }
}

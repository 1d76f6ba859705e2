import type { ModelText } from '@foretoken/backend';
import {
  type ApplyChatTemplateOptions,
  type ChatMessage,
  type ChatTemplate,
  ChatTemplateError,
  type EncodeOptions,
  encodeConversation,
} from '@foretoken/core/text';
import { chooseSchema, isCheap, type ToolDefinition } from '../tools/index.js';

/** Work on texts that gives tokens. Plain data, so that it can go to a thread. */
export type TokensTask =
  | { readonly kind: 'encode'; readonly text: string; readonly options: EncodeOptions }
  | {
      readonly kind: 'conversation';
      readonly messages: readonly ChatMessage[];
      readonly options: ApplyChatTemplateOptions & {
        readonly continueFinalMessage: boolean;
        readonly maximumTokens: number;
      };
    };

/** Work on texts that gives a text. */
export type StringTask =
  /** What the arguments of tools are held to: `SchemaChoice`s as JSON. */
  | { readonly kind: 'tool-schemas'; readonly tools: readonly ToolDefinition[] }
  | { readonly kind: 'decode'; readonly tokens: readonly number[] }
  | { readonly kind: 'render'; readonly messages: readonly ChatMessage[]; readonly options: ApplyChatTemplateOptions };

export type TextTask = TokensTask | StringTask;

export type TextResult<T extends TextTask> = T extends TokensTask ? Int32Array : string;

/** Characters that are worked on where they are: some milliseconds. Tokens to decode count as one each. */
const SHORT = 8_192;
/** What a value costs a template beside its characters. */
const CHARACTERS_OF_A_VALUE = 16;

/** Whether a task takes so little time that nobody notices. */
export function isShort(task: TextTask): boolean {
  switch (task.kind) {
    case 'encode':
      return task.text.length <= SHORT;
    case 'decode':
      return task.tokens.length <= SHORT;
    case 'conversation':
    case 'render':
      return isSmall([task.messages, task.options]);
    case 'tool-schemas':
      return task.tools.every((tool) => isCheap(tool.function.parameters)) && isSmall(task.tools);
  }
}

/** @throws {ForetokenError} as `Tokenizer.encode`, `Tokenizer.decode`, `encodeConversation` and `ChatTemplate.apply`. */
export function perform<T extends TextTask>(task: T, text: ModelText): TextResult<T> {
  return resultOf(task, text) as TextResult<T>;
}

function resultOf(task: TextTask, text: ModelText): Int32Array | string {
  const { tokenizer } = text;
  switch (task.kind) {
    case 'encode':
      return tokenizer.encode(task.text, task.options);
    case 'decode':
      return tokenizer.decode(task.tokens);
    case 'conversation':
      return encodeConversation(task.messages, { ...task.options, tokenizer, chatTemplate: templateOf(text) });
    case 'render':
      return templateOf(text).apply(task.messages, task.options);
    case 'tool-schemas':
      return JSON.stringify(task.tools.map(chooseSchema));
  }
}

function templateOf({ chatTemplate, name }: ModelText): ChatTemplate {
  if (chatTemplate !== undefined) return chatTemplate;
  throw new ChatTemplateError(`The model ${JSON.stringify(name)} has no chat template.`);
}

/** Counts no further than it must. */
function isSmall(root: unknown): boolean {
  const open: unknown[] = [root];
  for (let size = 0; open.length > 0; size += CHARACTERS_OF_A_VALUE) {
    const value = open.pop();
    if (typeof value === 'string') size += value.length;
    else if (value instanceof Map) open.push(...value.keys(), ...value.values());
    else if (typeof value === 'object' && value !== null) open.push(...Object.keys(value), ...Object.values(value));
    if (size + open.length * CHARACTERS_OF_A_VALUE > SHORT) return false;
  }
  return true;
}

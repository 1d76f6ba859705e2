import { ChatTemplateError } from './errors.js';
import { evaluateTemplate } from './jinja/evaluate.js';
import { createGlobals } from './jinja/globals.js';
import { parseTemplate } from './jinja/syntax.js';
import { TemplateError } from './jinja/values.js';
import { formatTime } from './time-format.js';

/** Most messages of one conversation; far beyond any context, and it bounds the template's loop. */
export const MAX_CHAT_MESSAGES = 4_096;
/** Most characters of all messages together: about a million tokens, more than any context holds. */
export const MAX_CHAT_CHARACTERS = 4_194_304;
/** Longest template in characters; the longest known ones have about 20 000. */
export const MAX_TEMPLATE_LENGTH = 262_144;

/** One message of a conversation. Further properties (`tool_calls`, `name`) are passed to the template unchanged. */
export interface ChatMessage {
  /** The role: `system`, `user`, `assistant`, `tool`, or another one that the template supports. */
  readonly role: string;
  readonly content: string;
  readonly [property: string]: unknown;
}

/** The special tokens' text that a template may write. */
export interface ChatTemplateTokens {
  /** Text of the BOS token. @default '' (the model has none) */
  readonly bosToken?: string;
  /** Text of the end token. @default '' (the model has none) */
  readonly eosToken?: string;
}

/** How a conversation is written. */
export interface ApplyChatTemplateOptions {
  /** End with the beginning of the assistant's turn, so that the model answers. @default true */
  readonly addGenerationPrompt?: boolean;
  /** Tool descriptions as JSON schema objects, for templates that support tools. @default none */
  readonly tools?: readonly unknown[] | undefined;
  /**
   * Further variables of the template, such as `enable_thinking`. They don't replace messages, tools and tokens.
   * @default none
   */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** The time for templates that write the date. @default the current time */
  readonly now?: Date;
}

/** Writes conversations the way a model was trained to read them. */
export interface ChatTemplate {
  /** The Jinja template as the model's files have it. */
  readonly source: string;
  /**
   * The conversation as text; encode it with `specialTokens: true`.
   * Throws `ChatTemplateError` for messages that are malformed, too many or too long, or that the template refuses.
   */
  apply(messages: readonly ChatMessage[], options?: ApplyChatTemplateOptions): string;
}

/** Reads a Jinja chat template. Throws `ChatTemplateError` when it is no template or longer than `MAX_TEMPLATE_LENGTH`. */
export function createChatTemplate(source: string, tokens: ChatTemplateTokens = {}): ChatTemplate {
  if (source.length > MAX_TEMPLATE_LENGTH) {
    throw new ChatTemplateError(
      `The chat template has ${source.length} characters; at most ${MAX_TEMPLATE_LENGTH} are read.`,
      { length: source.length },
    );
  }
  const template = attempt('The chat template is not valid Jinja', () => parseTemplate(source));
  return {
    source,
    apply(messages, options = {}) {
      checkMessages(messages);
      const now = options.now ?? new Date();
      const variables = {
        ...options.variables,
        messages,
        add_generation_prompt: options.addGenerationPrompt ?? true,
        bos_token: tokens.bosToken ?? '',
        eos_token: tokens.eosToken ?? '',
        // Present but none, as the reference implementation passes them: templates test `is not none`.
        tools: options.tools ?? null,
        documents: null,
      };
      return render(
        template,
        createGlobals(variables, (format) => formatTime(now, format)),
      );
    },
  };
}

/** What a template says itself is told on; what the language says of its own limits would help nobody. */
function render(...given: Parameters<typeof evaluateTemplate>): string {
  try {
    return evaluateTemplate(...given);
  } catch (error) {
    const why = error instanceof TemplateError ? error.message : 'they are too large or too deeply nested.';
    throw new ChatTemplateError(`The chat template refuses these messages: ${why}`, {}, error);
  }
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new ChatTemplateError(`${what}: ${error instanceof Error ? error.message : String(error)}`, {}, error);
  }
}

function checkMessages(messages: readonly ChatMessage[]): void {
  if (messages.length === 0) throw new ChatTemplateError('There are no messages; a conversation needs at least one.');
  if (messages.length > MAX_CHAT_MESSAGES) {
    throw new ChatTemplateError(`There are ${messages.length} messages; at most ${MAX_CHAT_MESSAGES} are possible.`, {
      count: messages.length,
    });
  }
  let characters = 0;
  for (const [index, message] of messages.entries()) {
    if (typeof message?.role !== 'string' || message.role === '' || typeof message.content !== 'string') {
      throw new ChatTemplateError(`Message ${index} must have a role and a content, both strings.`, { index });
    }
    characters += message.content.length;
  }
  if (characters > MAX_CHAT_CHARACTERS) {
    throw new ChatTemplateError(
      `The messages have ${characters} characters; at most ${MAX_CHAT_CHARACTERS} are possible.`,
      { characters },
    );
  }
}

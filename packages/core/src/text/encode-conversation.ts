import { randomBytes } from 'node:crypto';
import type { ApplyChatTemplateOptions, ChatMessage, ChatTemplate } from './chat-template.js';
import { ChatTemplateError, TextTooLongError } from './errors.js';
import { splitAtNames } from './split-at-names.js';
import { createStandIns, ForbiddenNames } from './stand-ins.js';
import type { Tokenizer } from './tokenizer.js';

/** What `encodeConversation` needs beside the messages. */
export interface EncodeConversationOptions extends ApplyChatTemplateOptions {
  readonly tokenizer: Tokenizer;
  readonly chatTemplate: ChatTemplate;
  /**
   * End within the last message, which must be an assistant's, so that the model continues it; no new turn is begun.
   * @default false
   */
  readonly continueFinalMessage?: boolean;
  /** Most tokens of the conversation, as for `Tokenizer.encode`. @default no limit */
  readonly maximumTokens?: number | undefined;
}

/**
 * Token ids of a conversation whose texts come from outside: special tokens are those that the template writes, while a
 * message that says `<|im_end|>` gets plain characters. So no message can end its turn and speak for another role.
 *
 * Names of special tokens in messages and tool descriptions (every string but `role`), and beginnings and ends that
 * could become one beside the template's text, go through the template as unguessable stand-ins and are put back after
 * the special tokens of the result were found. Sound for every template that writes the names of its special tokens in
 * one piece, or around a role; which roles there may be is the caller's to check.
 *
 * Without such names the result is what `tokenizer.encode(chatTemplate.apply(messages), { specialTokens: true })` gives.
 *
 * @throws {ChatTemplateError} messages that are malformed, too many or too long, or that the template refuses.
 * @throws {TextTooLongError} more tokens than `maximumTokens`.
 */
export function encodeConversation(messages: readonly ChatMessage[], options: EncodeConversationOptions): Int32Array {
  const { tokenizer, chatTemplate, tools, variables, continueFinalMessage = false, maximumTokens, ...rest } = options;
  const special = specialNames(tokenizer);
  const standIns = createStandIns(special, [messages, tools, variables]);
  const hidden = messages.map((message) => ({ ...(standIns.hide(message) as ChatMessage), role: message.role }));
  const hiddenOptions = {
    ...rest,
    tools: standIns.hide(tools) as typeof tools,
    variables: standIns.hide(variables) as typeof variables,
  };
  const text = continueFinalMessage
    ? textWithinFinalMessage(chatTemplate, hidden, hiddenOptions)
    : chatTemplate.apply(hidden, hiddenOptions);
  if (standIns.used === 0) return tokenizer.encode(text, { specialTokens: true, maximumTokens });
  const ids: number[] = [];
  for (const part of splitAtNames(text, special.names)) {
    const isName = part.kind === 'name';
    const encoded = isName ? part.text : standIns.reveal(part.text);
    const encoding = { specialTokens: isName, addBos: false, maximumTokens };
    for (const id of tokenizer.encode(encoded, encoding)) ids.push(id);
    checkLength(ids.length, maximumTokens);
  }
  const { addsBos, bosToken } = tokenizer;
  if (addsBos && bosToken !== undefined && ids[0] !== bosToken) ids.unshift(bosToken);
  checkLength(ids.length, maximumTokens);
  return Int32Array.from(ids);
}

function checkLength(length: number, maximumTokens: number | undefined): void {
  if (maximumTokens !== undefined && length > maximumTokens) throw new TextTooLongError(maximumTokens);
}

/** A conversation up to the end of its last message's content, which the template may have trimmed at its beginning. */
function textWithinFinalMessage(
  chatTemplate: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ApplyChatTemplateOptions,
): string {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') {
    throw new ChatTemplateError(`Only an answer can be continued: the last message must be the assistant's.`);
  }
  const end = `end${randomBytes(16).toString('hex')}`;
  const marked = [...messages.slice(0, -1), { ...last, content: `${last.content}${end}` }];
  const text = chatTemplate.apply(marked, { ...options, addGenerationPrompt: false });
  const at = text.lastIndexOf(end);
  if (at >= 0) return text.slice(0, at);
  throw new ChatTemplateError(
    'The chat template does not write the last message as it is, so it can not be continued.',
  );
}

const namesOfTokenizers = new WeakMap<Tokenizer, ForbiddenNames>();

function specialNames(tokenizer: Tokenizer): ForbiddenNames {
  const known = namesOfTokenizers.get(tokenizer);
  if (known !== undefined) return known;
  const names: string[] = [];
  for (let token = 0; token < tokenizer.vocabularySize; token++) {
    if (tokenizer.isSpecial(token)) names.push(tokenizer.tokenText(token));
  }
  const made = new ForbiddenNames(names.filter((name) => name !== ''));
  namesOfTokenizers.set(tokenizer, made);
  return made;
}

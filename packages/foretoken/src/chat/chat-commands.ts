import type { ChatMessage } from '@foretoken/core/text';
import { UsageError } from '../command-line/usage-error.js';
import type { GenerateOptions } from '../decoder/decoder.js';
import { changeSetting, describeSettings } from './chat-settings.js';
import { loadConversation, saveConversation } from './conversation-file.js';

/** What a conversation is made of between two messages. */
export interface ChatState {
  readonly messages: readonly ChatMessage[];
  readonly generation: GenerateOptions;
}

/** What a typed text asks for. */
export type ChatAction =
  /** To be answered. */
  | { readonly kind: 'ask'; readonly content: string }
  /** Done: the conversation goes on with this state. */
  | { readonly kind: 'done'; readonly state: ChatState; readonly note: string }
  | { readonly kind: 'leave' };

interface ChatCommand {
  readonly usage: string;
  readonly meaning: string;
  readonly run: (argument: string, state: ChatState) => ChatAction | Promise<ChatAction>;
}

const COMMANDS: Readonly<Record<string, ChatCommand>> = {
  '/help': { usage: '/help', meaning: 'show this', run: (_, state) => done(state, help()) },
  '/clear': {
    ...{ usage: '/clear', meaning: 'forget what was said; system instructions stay' },
    run: (_, state) => done({ ...state, messages: systemOf(state) }, 'The conversation begins anew.'),
  },
  '/set': {
    usage: '/set [NAME VALUE]',
    meaning: 'show the settings, or change one: /set temperature 0.7, /set system Be brief.',
    run: (argument, state) => set(argument, state),
  },
  '/save': {
    ...{ usage: '/save FILE', meaning: 'write the conversation to a file' },
    run: async (argument, state) => {
      const path = named(argument, '/save');
      await saveConversation(path, state.messages);
      return done(state, `${state.messages.length} messages are in ${path}.`);
    },
  },
  '/load': {
    ...{ usage: '/load FILE', meaning: 'go on with the conversation of a file' },
    run: async (argument, state) => {
      const path = named(argument, '/load');
      const messages = await loadConversation(path);
      return done({ ...state, messages }, `${messages.length} messages were read from ${path}.`);
    },
  },
  '/exit': { usage: '/exit', meaning: 'leave; so does Ctrl-D', run: () => ({ kind: 'leave' }) },
};

/** Other names that people know. */
const ALIASES: Readonly<Record<string, string>> = {
  '/?': '/help',
  '/reset': '/clear',
  '/new': '/clear',
  '/quit': '/exit',
  '/bye': '/exit',
};

/**
 * Carries out a command, or tells that a text is none: one that does not begin with `/`, has several lines, or begins with
 * `//`, which stands for `/`. Throws `UsageError` for a command that there is not or that can't be carried out.
 */
export async function act(text: string, state: ChatState): Promise<ChatAction> {
  if (text.startsWith('//')) return { kind: 'ask', content: text.slice(1) };
  const trimmed = text.trim();
  if (!trimmed.startsWith('/') || trimmed.includes('\n')) return { kind: 'ask', content: text };
  const [word = ''] = trimmed.split(/\s/, 1);
  const name = Object.hasOwn(ALIASES, word) ? (ALIASES[word] ?? word) : word;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new UsageError(
      `there is no command ${word}: /help shows all; begin with // to send a text that begins with /`,
    );
  }
  return command.run(trimmed.slice(word.length).trim(), state);
}

function help(): string {
  const rows = Object.values(COMMANDS).map(({ usage, meaning }) => `  ${usage.padEnd(20)}${meaning}`);
  return [
    ...rows,
    '  """                 begin and end a message of several lines; a pasted text is one message as it is',
    '  Ctrl-C              end the answer; at the prompt, twice leaves',
  ].join('\n');
}

function set(argument: string, state: ChatState): ChatAction {
  if (argument === '') {
    const [system] = systemOf(state);
    return done(state, `${describeSettings(state.generation)}\n  ${'system'.padEnd(20)}${system?.content ?? 'none'}`);
  }
  const [name = ''] = argument.split(/\s/, 1);
  const value = argument.slice(name.length).trim();
  if (name === 'system') {
    const others = state.messages.filter(({ role }) => role !== 'system');
    const system = value === '' || value === 'default' ? [] : [{ role: 'system', content: value }];
    return done({ ...state, messages: [...system, ...others] }, system.length === 0 ? 'No instructions.' : 'Set.');
  }
  return done({ ...state, generation: changeSetting(state.generation, name, value) }, 'Set.');
}

function systemOf({ messages }: ChatState): readonly ChatMessage[] {
  return messages.filter(({ role }) => role === 'system');
}

function named(argument: string, command: string): string {
  if (argument === '') throw new UsageError(`name a file: ${command} FILE`);
  return argument;
}

function done(state: ChatState, note: string): ChatAction {
  return { kind: 'done', state, note };
}

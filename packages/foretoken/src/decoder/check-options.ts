import { InvalidArgumentError } from '@foretoken/core';
import type { ChatMessage } from '@foretoken/core/text';
import type { CreateDecoderOptions } from './create-decoder.js';
import type { GenerateOptions } from './decoder.js';

/** Every option there is, so that the compiler tells when one is missing here. */
type Names<T> = Readonly<Record<keyof T, true>>;

const CREATION: Names<CreateDecoderOptions> = {
  model: true,
  device: true,
  executor: true,
  kvPrecision: true,
  arithmetic: true,
  contextLength: true,
  draft: true,
  drafters: true,
  controller: true,
  depth: true,
  minimumConfidence: true,
  calibrate: true,
  cacheDirectory: true,
  allowDownload: true,
  onProgress: true,
  onWarning: true,
};

const GENERATION: Names<GenerateOptions> = {
  maxTokens: true,
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  repetitionPenalty: true,
  presencePenalty: true,
  frequencyPenalty: true,
  seed: true,
  stop: true,
  jsonSchema: true,
  grammar: true,
  draft: true,
  drafters: true,
  controller: true,
  depth: true,
  minimumConfidence: true,
  prediction: true,
  signal: true,
};

/** Throws `InvalidArgumentError` for an option that `createDecoder` does not have, and for two that exclude each other. */
export function checkCreation(options: CreateDecoderOptions): void {
  refuseUnknown('createDecoder', options, CREATION);
  refuseBoth(options, 'draft', 'drafters');
}

/** Throws `InvalidArgumentError` for an option that a generation does not have, and for two that exclude each other. */
export function checkGeneration(options: GenerateOptions): void {
  refuseUnknown('generate, chat and complete', options, GENERATION);
  refuseBoth(options, 'draft', 'drafters');
  refuseBoth(options, 'jsonSchema', 'grammar');
}

const ROLES: readonly string[] = ['system', 'developer', 'user', 'assistant', 'tool'];

/** Messages as templates know them. Throws `InvalidArgumentError` for what is no message, or from a role that there is not. */
export function checkedMessages(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (!Array.isArray(messages)) throw new InvalidArgumentError('messages must be an array of { role, content }.');
  if (messages.length === 0) throw new InvalidArgumentError('messages is empty: give at least one message.');
  return messages.map((message, index) => {
    const { role, content } = message;
    if (!ROLES.includes(role)) {
      throw new InvalidArgumentError(
        `messages[${index}].role must be one of ${ROLES.join(', ')}, but is ${JSON.stringify(role)}.`,
        { index, role },
      );
    }
    if (typeof content !== 'string') {
      throw new InvalidArgumentError(`messages[${index}].content must be a text, but is ${JSON.stringify(content)}.`, {
        index,
      });
    }
    return role === 'developer' ? { ...message, role: 'system' } : message;
  });
}

/** Throws `InvalidArgumentError` for what is neither a text nor token ids. */
export function checkPrompt(prompt: string | Int32Array): void {
  if (typeof prompt === 'string' || prompt instanceof Int32Array) return;
  throw new InvalidArgumentError(
    'The prompt must be a text, or token ids in an Int32Array. The messages of a conversation go to chat.',
    { prompt: typeof prompt },
  );
}

function refuseUnknown<T extends object>(place: string, options: T, names: Names<T>): void {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(names, name));
  if (unknown.length === 0) return;
  throw new InvalidArgumentError(
    `Unknown ${unknown.length === 1 ? 'option' : 'options'} ${unknown.map((name) => JSON.stringify(name)).join(', ')}: ${place} take${place === 'createDecoder' ? 's' : ''} ${Object.keys(names).join(', ')}.`,
    { unknown },
  );
}

function refuseBoth<T extends object>(options: T, first: keyof T & string, second: keyof T & string): void {
  if (options[first] === undefined || options[second] === undefined) return;
  throw new InvalidArgumentError(`Give only one of ${first} and ${second}.`, { options: [first, second] });
}

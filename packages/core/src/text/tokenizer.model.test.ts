import { readFileSync } from 'node:fs';
import { openWeights, resolveModel } from '@foretoken/backend';
import {
  type ChatMessage,
  chatTemplateOfGguf,
  createChatTemplate,
  createTokenizerFromGguf,
  createTokenizerFromJson,
} from '@foretoken/core/text';
import { beforeAll, expect, it } from 'vitest';
import { hubTokenizerOf } from './testing/hub-tokenizer.js';

interface TokenizerReference {
  readonly cases: readonly { readonly text: string; readonly plain: number[]; readonly special: number[] }[];
}
interface GenerationReference {
  readonly prompts: readonly {
    readonly kind: 'completion' | 'chat';
    readonly prompt: string;
    readonly promptTokens: number[];
    readonly messages?: readonly ChatMessage[];
  }[];
}

function reference(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
}
const { cases } = reference('core/reference/tokenizer-smollm2.json') as TokenizerReference;
const { prompts } = reference('backend/reference/smollm2-135m-instruct-q4_1.json') as GenerationReference;

let metadata: ReadonlyMap<string, unknown>;
beforeAll(async () => {
  const weights = await openWeights((await resolveModel('smollm2-135m-instruct')).weights);
  metadata = weights.metadata;
  await weights.close();
});

it.each(['GGUF', 'tokenizer.json'])('gives the reference tokens (from %s)', (source) => {
  const tokenizer =
    source === 'GGUF' ? createTokenizerFromGguf(metadata) : createTokenizerFromJson(hubTokenizerOf(metadata));
  expect(tokenizer.vocabularySize).toBe(49_152);
  for (const { text, plain, special } of cases) {
    expect([...tokenizer.encode(text)], text).toEqual(plain);
    expect([...tokenizer.encode(text, { specialTokens: true })], text).toEqual(special);
    expect(tokenizer.decode(special)).toBe(text);
  }
  for (const { prompt, promptTokens } of prompts) {
    expect([...tokenizer.encode(prompt, { specialTokens: true })], prompt).toEqual(promptTokens);
  }
});

it('writes the reference conversations', () => {
  const chats = prompts.flatMap(({ messages, prompt }) => (messages ? [{ messages, prompt }] : []));
  expect(chats.length).toBeGreaterThan(0);
  const template = createChatTemplate(chatTemplateOfGguf(metadata)!, {
    bosToken: '<|im_start|>',
    eosToken: '<|im_end|>',
  });
  for (const { messages, prompt } of chats) expect(template.apply(messages)).toBe(prompt);
});

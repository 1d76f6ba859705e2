import { readdirSync, readFileSync } from 'node:fs';
import { ChatTemplateError, createChatTemplate } from '@foretoken/core/text';
import { describe, expect, it } from 'vitest';

const FOLDER = new URL('../../../reference/chat-templates/', import.meta.url);
const NOW = new Date('2024-07-26T12:00:00Z');

type Rendered = { readonly text: string } | { readonly error: string };
type ByName<T> = Readonly<Record<string, T>>;

function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}
const conversations = JSON.parse(read('conversations.json')) as ByName<{
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly tools?: readonly unknown[];
  readonly variables?: ByName<unknown>;
  readonly addGenerationPrompt?: boolean;
}>;
const rendered = JSON.parse(read('rendered.json')) as ByName<ByName<Rendered>>;
const templates = readdirSync(FOLDER).filter((name) => name.endsWith('.jinja'));

describe.each(templates)('%s', (file) => {
  const template = createChatTemplate(read(file), { bosToken: '<bos>', eosToken: '<eos>' });
  it.each(Object.entries(rendered[file.replace(/\.jinja$/, '')]!))('%s equals jinja2', (name, expected) => {
    const { messages, ...options } = conversations[name]!;
    const apply = () => template.apply(messages, { ...options, now: NOW });
    if ('error' in expected) expect(apply).toThrow(ChatTemplateError);
    else expect(apply()).toBe(expected.text);
  });
});

describe('expressions', () => {
  const { variables } = JSON.parse(read('expressions.json')) as { readonly variables: ByName<unknown> };
  const expressions = JSON.parse(read('expressions-rendered.json')) as ByName<Rendered>;
  // The numbers that a JavaScript number would change are written anew.
  const exact = { ...variables, big: 12345678901234567890n, f: { isLosslessNumber: true, value: '1.0' } };
  it.each(Object.entries(expressions))('%s', (source, expected) => {
    const apply = () =>
      createChatTemplate(source).apply([{ role: 'user', content: 'x' }], { variables: exact, now: NOW });
    if ('error' in expected) expect(apply).toThrow(ChatTemplateError);
    else expect(apply()).toBe(expected.text);
  });
});

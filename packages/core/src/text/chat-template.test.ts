import {
  ChatTemplateError,
  chatTemplateOfConfig,
  chatTemplateOfGguf,
  createChatTemplate,
  MAX_CHAT_MESSAGES,
} from '@foretoken/core/text';
import { expect, it } from 'vitest';

const hello = [{ role: 'user', content: 'Hello' }];

it('writes messages, tokens, tools and the given date', () => {
  const source =
    "{{ bos_token }}{% for i in range(2) %}{{ i }}{% endfor %}{{ strftime_now('%d %b %Y') }}|" +
    '{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}' +
    '{% if tools is not none %}{{ tools | length }}{% endif %}{% if add_generation_prompt %}>{% endif %}';
  const template = createChatTemplate(source, { bosToken: '<s>', eosToken: '</s>' });
  const now = new Date('2024-07-26T12:00:00Z');
  expect(template.apply(hello, { now })).toBe('<s>0126 Jul 2024|user: Hello</s>>');
  expect(template.apply(hello, { now, tools: [{}, {}], addGenerationPrompt: false })).toBe(
    '<s>0126 Jul 2024|user: Hello</s>2',
  );
});

it('says why a template or its messages are refused', () => {
  expect(() => createChatTemplate('{% if %}')).toThrow(ChatTemplateError);
  const strict = createChatTemplate("{{ raise_exception('roles must alternate') }}");
  expect(() => strict.apply(hello)).toThrow(/roles must alternate/);
  expect(() => createChatTemplate('{{ range(100000000) }}').apply(hello)).toThrow(ChatTemplateError);
  const lenient = createChatTemplate('x');
  expect(() => lenient.apply([])).toThrow(ChatTemplateError);
  expect(() => lenient.apply(Array(MAX_CHAT_MESSAGES + 1).fill(hello[0]))).toThrow(ChatTemplateError);
  expect(() => lenient.apply([{ role: 'user', content: 'x'.repeat(5_000_000) }])).toThrow(ChatTemplateError);
});

it('finds the template in the files of a model', () => {
  expect(chatTemplateOfGguf(new Map([['tokenizer.chat_template', 'x']]))).toBe('x');
  expect(chatTemplateOfGguf(new Map())).toBeUndefined();
  expect(() => chatTemplateOfGguf(new Map([['tokenizer.chat_template', 1]]))).toThrow(ChatTemplateError);
  const several = {
    chat_template: [
      { name: 'default', template: 'a' },
      { name: 'tool_use', template: 'b' },
    ],
  };
  expect(chatTemplateOfConfig({ chat_template: 'x' })).toBe('x');
  expect(chatTemplateOfConfig(several)).toBe('a');
  expect(chatTemplateOfConfig(several, 'tool_use')).toBe('b');
  expect(() => chatTemplateOfConfig(several, 'rag')).toThrow(/"rag".*default, tool_use/);
});

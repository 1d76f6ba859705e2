import { createChatTemplate } from '@foretoken/core/text';
import { describe, expect, it } from 'vitest';
import { grammarSourceOf } from '../../../structured-output/src/grammar/grammar-source.js';
import { readJson } from '../security/json-text.js';
import { TaggedCallParser } from '../tools/tagged-call-parser.js';
import { chatPrompt, chatText } from './chat-prompt.js';
import { chatSchema } from './chat-schema.js';
import { outputConstraint } from './output-constraint.js';
import { readBody } from './read-body.js';
import { asker, generationsOf } from './testing/generations.js';
import { smallText } from './testing/small-text.js';

const KNOWING = createChatTemplate(
  '{% if tools %}as <tool_call>: {{ tools | tojson }}{% endif %}{% for m in messages %}{{ m.content }}{% for c in m.tool_calls %}<tool_call>{{ c.function.arguments | tojson }}{% endfor %}{% endfor %}',
);
const SILENT = createChatTemplate('{% for m in messages %}{{ m.content }}\n{% endfor %}');

/** A body as it arrives: JSON text. */
function body(text: string) {
  const reading = readJson(text);
  if (reading.kind === 'refused') throw new Error(reading.message);
  return readBody(chatSchema, reading.value);
}

function promptOf(text: string, template = KNOWING): Promise<string> {
  return chatText(body(text), generationsOf({ ...smallText(), chatTemplate: template }), asker);
}

const withArguments = (args: string): string =>
  JSON.stringify({
    messages: [
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: args } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'y' },
    ],
  });
const withSchema = (schema: string): string =>
  `{"messages": [{"role": "user", "content": "x"}], "temperature": 1.0, "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"x": ${schema}}}}}]}`;

describe('arguments in the history', () => {
  it.each([
    '{"n": 12345678901234567890}',
    '{"price": 1.0, "rate": 0.10, "tiny": 1e-9}',
    '{"b": 1, "10": 2, "9": 3, "a": 4}',
    '{"deep": [{"z": 9007199254740993, "2": [], "1": {}}]}',
  ])('reach the prompt as they were written: %s', async (args) => {
    expect(await promptOf(withArguments(args))).toContain(`<tool_call>${args}`);
    expect(await promptOf(withArguments(args), SILENT)).toContain(`"arguments": ${args}}`);
  });
});

describe('schemas', () => {
  it.each([
    '{"enum": [12345678901234567890, -9007199254740993]}',
    '{"default": 1.0, "minimum": 0.50}',
    '{"properties": {"b": {}, "2": {}, "1": {}}}',
    '{"const": 100000000000000000000000}',
  ])('reach the prompt as they were written: %s', async (schema) => {
    expect(await promptOf(withSchema(schema))).toContain(`"x": ${schema}`);
    expect(await promptOf(withSchema(schema), SILENT)).toContain(`"x":${schema.replaceAll(/([:,]) /g, '$1')}`);
  });

  it.each([
    '{"enum": [12345678901234567890, 1]}',
    '{"type": "integer", "enum": [12345678901234567890]}',
    '{"const": 12345678901234567890}',
    '{"properties": {"const": {"enum": [12345678901234567890]}}}',
  ])('hold the answer to the very digits: %s', async (schema) => {
    const format = `{"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object", "properties": {"x": ${schema}}}}}`;
    const asked = outputConstraint(
      body(`{"messages": [{"role": "user", "content": "x"}], "response_format": ${format}}`),
    );
    const source = grammarSourceOf(asked!.constraint);
    expect(source).toMatchObject({ text: expect.stringContaining('12345678901234567890') });
    const generations = generationsOf({ ...smallText(), chatTemplate: SILENT });
    const { constraint } = await chatPrompt(body(withSchema(schema)), generations, { ...asker, param: 'messages' });
    expect(grammarSourceOf(constraint!.constraint)).toMatchObject({
      json: expect.stringContaining('12345678901234567890'),
    });
  });
});

it.each([
  ['response_format', '{"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}}'],
  ['response_format', '{"type": "json_object", "schema": SCHEMA}'],
  ['json_schema', 'SCHEMA'],
  ['guided_json', 'SCHEMA'],
  ['structured_outputs', '{"json": SCHEMA}'],
])('keeps the digits and the order of the outermost keys of a schema as %s: %s', (name, form) => {
  const schema = '{"maximum":9007199254740993,"10":1.0,"9":{},"const":-0.50}';
  const read = body(`{"messages": [{"role": "user", "content": "x"}], "${name}": ${form.replace('SCHEMA', schema)}}`);
  expect(outputConstraint(read)?.constraint).toEqual({ kind: 'json-schema', schema });
});

it('keeps those of the parameters of a tool', async () => {
  const parameters = '{"type":"object","default":12345678901234567890,"10":1.0,"9":{}}';
  const text = `{"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function": {"name": "f", "parameters": ${parameters}}}]}`;
  expect(await promptOf(text, SILENT)).toContain(parameters);
});

it('gives the arguments of an answer with the digits of the model', () => {
  const parser = new TaggedCallParser(() => 'id');
  const written =
    '<tool_call>\n{"arguments": {"n": 12345678901234567890, "2": 1.0, "1": 0}, "name": "f"}\n</tool_call>';
  const events = [...parser.push(written), ...parser.finish()];
  expect(JSON.stringify(events)).toContain('{\\"n\\":12345678901234567890,\\"2\\":1.0,\\"1\\":0}');
});

import { expect, it } from 'vitest';
import { planTools, type ToolCallEvent, type ToolChoice, type ToolDefinition } from './index.js';

const tools: readonly ToolDefinition[] = [
  { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } } },
];

function parse(text: string, toolChoice: ToolChoice = 'auto') {
  const plan = planTools({ tools, toolChoice, templateKnowsTools: true, wholeCalls: true, callId: () => 'call_x' });
  const parser = plan!.parser();
  const events: ToolCallEvent[] = [...[...text].flatMap((piece) => parser.push(piece)), ...parser.finish()];
  return { events, calls: parser.calls, cut: parser.cut };
}
const call = (index: number, text: string): readonly ToolCallEvent[] => [
  { kind: 'call', index, id: 'call_x', name: 'f' },
  { kind: 'arguments', index, text },
];
const written = '<tool_call>\n{"name": "f", "arguments": {"a": "b"}}\n</tool_call>';

it.each([
  ['in the arguments', '<tool_call>\n{"name": "f", "arguments": {"a": "b'],
  ['before the last brace of the arguments', '<tool_call>\n{"name": "f", "arguments": {"a": "b"'],
  ['before the arguments', '<tool_call>\n{"name": "f", "argum'],
  ['in the name', '<tool_call>\n{"na'],
])('leaves out a call that ends %s', (_, text) => {
  for (const choice of ['auto', 'required'] as const)
    expect(parse(text, choice)).toMatchObject({ events: [], calls: 0 });
});

it('says that a call was cut, whatever was before it', () => {
  const text = `${written}\n<tool_call>\n{"name": "f", "arguments": {"a": "`;
  expect(parse(text)).toEqual({ events: call(0, '{"a": "b"}'), calls: 1, cut: true });
});

it.each([
  ['behind its tag', ''],
  ['in the name', '\n{"na'],
  ['behind the name', '\n{"name": "f'],
  ['before the arguments', '\n{"name": "f", "argum'],
  ['before the brace of the arguments', '\n{"name": "f", "arguments": '],
])('says so too of a call that ends %s, and gives the one before it', (_, head) => {
  for (const choice of ['auto', 'required'] as const) {
    const cut = parse(`${written}\n<tool_call>${head}`, choice);
    expect(cut).toEqual({ events: call(0, '{"a": "b"}'), calls: 1, cut: true });
  }
});

it('says so of a second call that is JSON', () => {
  const json = '{"name": "f", "arguments": {"a": "b"}}\n';
  const half = '{"name": "f", "arg';
  expect(parse(json + half)).toEqual({
    events: [...call(0, '{"a":"b"}'), { kind: 'content', text: half }],
    calls: 1,
    cut: true,
  });
  expect(parse(`${json}{"other": 1`)).toMatchObject({ calls: 1, cut: false });
});

it.each([
  ['with its tag', written, '{"a": "b"}'],
  ['whose closing tag is missing', '<tool_call>\n{"name": "f", "arguments": {"a": "b"}', '{"a": "b"}'],
  ['as JSON', '{"name": "f", "arguments": {"a": "b"}}', '{"a":"b"}'],
])('gives a complete call %s', (_, text, args) => {
  expect(parse(text)).toEqual({ events: call(0, args), calls: 1, cut: false });
});

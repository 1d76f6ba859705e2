import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planTools, type ToolCallParser, type ToolDefinition } from './index.js';

const tool = (name: string, parameters: Record<string, unknown>): ToolDefinition => ({
  type: 'function',
  function: { name, parameters },
});
const tools = [
  tool('get_weather', {
    type: 'object',
    properties: {
      city: { type: 'string', pattern: '^[A-Z]', maxLength: 20 },
      unit: { enum: ['celsius', 'fahrenheit'] },
    },
    required: ['city'],
    additionalProperties: false,
  }),
  tool('now', { type: 'object', properties: {} }),
  tool('sum', { type: 'object', properties: { of: { type: 'array', items: { type: 'number' } } }, required: ['of'] }),
];

function parserOf(parallelToolCalls = true): ToolCallParser {
  let calls = 0;
  const callId = (): string => `call_${calls++}`;
  return planTools({ tools, parallelToolCalls, templateKnowsTools: true, callId })!.parser();
}

function parse(pieces: readonly string[], parser = parserOf()) {
  const events = [...pieces.flatMap((piece) => parser.push(piece)), ...parser.finish()];
  const calls = events.flatMap((event) =>
    event.kind === 'call'
      ? [
          `${event.name}(${events
            .flatMap((part) => (part.kind === 'arguments' && part.index === event.index ? [part.text] : []))
            .join('')})`,
        ]
      : [],
  );
  expect(parser.calls).toBe(calls.length);
  return { content: events.flatMap((event) => (event.kind === 'content' ? [event.text] : [])).join(''), calls };
}

const weather = '{"name": "get_weather", "arguments": {"city": "Paris"}}';

describe('JsonCallParser', () => {
  it.each([
    ['bare', weather, '', ['get_weather({"city":"Paris"})']],
    ['in a fence', `\`\`\`json\n${weather}\n\`\`\``, '', ['get_weather({"city":"Paris"})']],
    ['in a fence without a language', `\`\`\`\n${weather}\n\`\`\``, '', ['get_weather({"city":"Paris"})']],
    ['in a fence that does not close', `\`\`\`json\n${weather}`, '', ['get_weather({"city":"Paris"})']],
    ['after prose', `I'll look it up:\n\n${weather}\n`, "I'll look it up:", ['get_weather({"city":"Paris"})']],
    [
      'over several lines',
      '{\n  "name": "sum",\n  "arguments": {\n    "of": [1, 2.5]\n  }\n}',
      '',
      ['sum({"of":[1,2.5]})'],
    ],
    ['with the arguments first', '{"arguments": {}, "name": "now"}', '', ['now({})']],
    [
      'with braces in a string',
      '{"name": "get_weather", "arguments": {"city": "A}{\\"`"}}',
      '',
      ['get_weather({"city":"A}{\\"`"})'],
    ],
    [
      'line after line',
      `${weather}\n{"name": "now", "arguments": {}}`,
      '',
      ['get_weather({"city":"Paris"})', 'now({})'],
    ],
    [
      'two in a fence',
      `\`\`\`json\n${weather}\n{"name": "now", "arguments": {}}\n\`\`\``,
      '',
      ['get_weather({"city":"Paris"})', 'now({})'],
    ],
    [
      'beside one with the tag',
      `<tool_call>\n${weather}\n</tool_call>\n{"name": "now", "arguments": {}}`,
      '',
      ['get_weather({"city": "Paris"})', 'now({})'],
    ],
    ['and text after it', `${weather}\nThat is it.`, 'That is it.', ['get_weather({"city":"Paris"})']],
    [
      'with digits that JavaScript loses',
      '{"name": "sum", "arguments": {"of": [12345678901234567890]}}',
      '',
      ['sum({"of":[12345678901234567890]})'],
    ],
  ])('finds a call %s', (_, text, content, calls) => {
    expect(parse([text])).toEqual({ content, calls });
    expect(parse([...text])).toEqual({ content, calls });
  });

  it.each([
    ['of no tool', '{"name": "Bob", "arguments": {"city": "Paris"}}'],
    ['with arguments that do not fit', '{"name": "get_weather", "arguments": {"town": "Paris"}}'],
    ['with arguments against a pattern', '{"name": "get_weather", "arguments": {"city": "paris"}}'],
    ['with arguments of another type', '{"name": "sum", "arguments": {"of": "1"}}'],
    ['with text as arguments', '{"name": "now", "arguments": "{}"}'],
    ['with more than a call has', '{"name": "now", "arguments": {}, "result": 5}'],
    ['without arguments', '{"name": "now"}'],
    ['in prose', `Write ${weather} for that.`],
    ['at the beginning of prose', `${weather} is how it is called.`],
    ['in the fence of another language', `\`\`\`python\n${weather}\n\`\`\``],
    ['behind a comment in a fence', `\`\`\`json\n// a call\n${weather}\n\`\`\``],
    ['beside other data in a fence', `\`\`\`json\n${weather}\n{"a": 1}\n\`\`\``],
    ['that was cut off', '{"name": "get_weather", "arguments": {"city": "Par'],
    ['of a list', '[1, {"a": 2}]\n'],
    ['in no JSON at all', '{ name: "now" }\n\n  {"name": 5} }{ ``` `` `json\n'],
  ])('leaves JSON %s as it is', (_, text) => {
    expect(parse([text])).toEqual({ content: text, calls: [] });
    expect(parse([...text])).toEqual({ content: text, calls: [] });
  });

  it('holds text back only while it may be a call', () => {
    const parser = parserOf();
    expect(parser.push('Hello')).toEqual([{ kind: 'content', text: 'Hello' }]);
    expect(parser.push('\n{"name": "')).toEqual([]);
    expect(parser.push('Bob", ')).toEqual([{ kind: 'content', text: '\n{"name": "Bob",' }]);
    expect(parser.push('"age": 5}\n```js')).toEqual([{ kind: 'content', text: ' "age": 5}' }]);
    expect(parser.push('on\n{"a"')).toEqual([]);
    expect(parser.push(':')).toEqual([{ kind: 'content', text: '\n```json\n{"a":' }]);
  });

  it('finds one call where several are not allowed', () => {
    const text = `${weather}\n${weather}`;
    expect(parse([text], parserOf(false))).toEqual({ content: weather, calls: ['get_weather({"city":"Paris"})'] });
  });

  it('finds none where the answer is held to calls or to a form', () => {
    const form = { kind: 'json' } as const;
    const plans = [
      planTools({ tools, templateKnowsTools: true, form }),
      planTools({ tools, templateKnowsTools: true, toolChoice: 'required' }),
    ];
    for (const plan of plans) expect(parse([weather], plan!.parser())).toEqual({ content: weather, calls: [] });
  });

  it('gives the same for every way of cutting the answer, and loses no text that is no call', () => {
    const part = fc.constantFrom(
      weather,
      '{"name": "now", "arguments": {}}',
      '{"name": "',
      '```json\n',
      '```',
      '\n',
      ' ',
      '{',
      '}',
      '"',
      'x',
      '漢😀',
      '\\',
      '<tool_call>',
      '</tool_call>',
      ',',
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
        (parts, sizes) => {
          const whole = parts.join('');
          const pieces: string[] = [];
          for (let at = 0; at < whole.length; ) {
            const size = sizes.next().value ?? 1;
            pieces.push(whole.slice(at, at + size));
            at += size;
          }
          const expected = parse([whole]);
          expect(parse(pieces)).toEqual(expected);
          if (expected.calls.length === 0 && !whole.includes('<tool_call>')) expect(expected.content).toBe(whole);
        },
      ),
      { numRuns: 500 },
    );
  });
});

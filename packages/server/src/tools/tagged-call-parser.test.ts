import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaggedCallParser } from './tagged-call-parser.js';
import { writeCall } from './tagged-calls.js';
import type { ToolCallEvent } from './tool-call-parser.js';

interface Answer {
  readonly content: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: string }[];
}

function parse(pieces: readonly string[]): Answer {
  let next = 0;
  const parser = new TaggedCallParser(() => `call_${next++}`);
  const events: ToolCallEvent[] = [...pieces.flatMap((piece) => parser.push(piece)), ...parser.finish()];
  let content = '';
  const calls: { id: string; name: string; args: string }[] = [];
  for (const event of events) {
    if (event.kind === 'content') content += event.text;
    else if (event.kind === 'call') calls.push({ id: event.id, name: event.name, args: '' });
    else calls[event.index]!.args += event.text;
  }
  expect(parser.calls).toBe(calls.length);
  return { content, calls };
}

const weather = writeCall('get_weather', '{"city": "Rome {\\"}\\" </tool_call>"}');

describe('TaggedCallParser', () => {
  it('finds calls and the text around them', () => {
    expect(parse([`Let me see.\n${weather}\n${writeCall('now', '')}\n`])).toEqual({
      content: 'Let me see.',
      calls: [
        { id: 'call_0', name: 'get_weather', args: '{"city": "Rome {\\"}\\" </tool_call>"}' },
        { id: 'call_1', name: 'now', args: '{}' },
      ],
    });
  });

  it('gives arguments as they come', () => {
    const parser = new TaggedCallParser(() => 'call_x');
    expect(parser.push('<tool_call>\n{"name": "f", "arguments": {"a"')).toEqual([
      { kind: 'call', index: 0, id: 'call_x', name: 'f' },
      { kind: 'arguments', index: 0, text: '{"a"' },
    ]);
    expect(parser.push(': 1}}')).toEqual([{ kind: 'arguments', index: 0, text: ': 1}' }]);
    expect(parser.push('</tool_call>')).toEqual([]);
  });

  it.each([
    ['arguments first', '<tool_call>{"arguments": {"a": 1}, "name": "f"}</tool_call>', '{"a":1}'],
    ['arguments as a string', '<tool_call>{"name": "f", "arguments": "{\\"a\\": 1}"}</tool_call>', '{"a": 1}'],
    ['no arguments', '<tool_call>{"name": "f"}</tool_call>', '{}'],
    ['parameters', '<tool_call>{"name": "f", "parameters": {"a": 1}}</tool_call>', '{"a":1}'],
  ])('reads a call with %s', (_, text, args) => {
    expect(parse([text])).toEqual({ content: '', calls: [{ id: 'call_0', name: 'f', args }] });
  });

  it.each(['<tool_call>no call</tool_call>', 'a < b <tool', '<tool_callx>', ' spaced \n\n', ''])(
    'leaves %j as it is',
    (text) => expect(parse([text])).toEqual({ content: text, calls: [] }),
  );

  it('drops a call whose name was cut off, keeps one whose arguments were', () => {
    expect(parse(['Hm. <tool_call>\n{"na'])).toEqual({ content: 'Hm.', calls: [] });
    expect(parse(['<tool_call>\n{"name": "f", "arguments": {"a": "b'])).toMatchObject({
      calls: [{ args: '{"a": "b' }],
    });
  });

  it('gives the same for every way of cutting the answer', () => {
    const text = fc.constantFrom(
      weather,
      '<tool_call>',
      '</tool_call>',
      '<tool',
      '{"name": "f", "arguments": ',
      '{',
      '}',
      ' ',
      '\n',
      '"',
      'x',
      '漢😀',
      '\\',
    );
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 12 }),
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
          expect(parse(whole.split(''))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

import type { IncomingMessage } from 'node:http';
import { writeExactJson } from '@foretoken/core/text';
import { afterAll, describe, expect, it } from 'vitest';
import { readJson } from '../../security/json-text.js';
import { exactly } from '../../tools/exact-values.js';
import { readRequest } from '../read-body.js';
import { bodySchemaOf } from './body-schemas.js';
import type { CheckedBody } from './checked-body.js';
import { LongBodies } from './long-bodies.js';

const CHAT = '/v1/chat/completions';
const bodies = new LongBodies();
afterAll(() => bodies.close());

const messages = [{ role: 'user', content: 'hello' }];
const keys = (count: number, value: unknown = 1.5e300): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]));

async function inThread(text: string, path: string): Promise<unknown> {
  const reading = await bodies.read(
    new Uint8Array(new TextEncoder().encode(text)),
    { url: path } as IncomingMessage,
    new AbortController().signal,
  );
  return reading.kind === 'refused' ? reading : reading.value;
}

function here(text: string): unknown {
  const reading = readJson(text);
  return reading.kind === 'refused' ? reading : reading.value;
}

/** What an endpoint makes of a body, with the paths of ignored keys, or its error. */
function read(body: unknown, path: string): unknown {
  const { schema, unsupported } = bodySchemaOf(path)!;
  let ignored: unknown;
  const log = {
    debug(line: { ignored: unknown }) {
      ignored = line.ignored;
    },
  } as unknown as IncomingMessage['log'];
  try {
    const data = readRequest(schema, { body, log }, unsupported);
    return { data, exact: writeExactJson(exactly(data)), ignored };
  } catch (error) {
    const { message, status, type, code, param } = error as Record<string, unknown>;
    return { message, status, type, code, param };
  }
}

describe('bodies that are read in a thread', () => {
  it.each([
    ['a conversation', CHAT, { messages: Array(500).fill(messages[0]), temperature: 0.5 }],
    ['keys in a message', CHAT, { messages: [{ ...messages[0], ...keys(5_000) }] }],
    ['too many parameters', CHAT, { messages, ...keys(300) }],
    ['a wrong value', CHAT, { messages, metadata: keys(1_000) }],
    ['an unsupported parameter', '/v1/responses', { input: 'x', background: true }],
    ['tokens', '/detokenize/', { tokens: Array(50_000).fill(7) }],
    ['a list', CHAT, [1, 2]],
  ])('say the same of %s', async (_, path, value) => {
    const text = JSON.stringify(value);
    expect(read(await inThread(text, path), path)).toEqual(read(here(text), path));
  });

  it('keep every digit and the order of keys in schemas', async () => {
    const schema = '{"type": "object", "properties": {"b": {"minimum": 12345678901234567890}, "2": {"maximum": 1.0}}}';
    const text = `{"messages": [{"role": "user", "content": "x"}], "n": 1.0, "tools": [{"type": "function", "function": {"name": "f", "parameters": ${schema}}}, {"type": "function", "function": {"name": "g"}}]}`;
    const result = read(await inThread(text, CHAT), CHAT) as { exact: string };
    expect(result.exact).toContain('"properties":{"b":{"minimum":12345678901234567890},"2":{"maximum":1.0}}');
    expect(result).toEqual(read(here(text), CHAT));
  });

  it('are refused for the same reasons', async () => {
    for (const text of ['{"a": ', '[['.repeat(60), JSON.stringify({ a: keys(17_000) }), '{"a": {"__proto__": 1}}']) {
      expect(await inThread(text, CHAT)).toEqual(here(text));
      expect(here(text)).toMatchObject({ kind: 'refused' });
    }
  });

  it('are refused for tools that are too long together before they leave the thread', async () => {
    const parameters = { type: 'object', properties: keys(3_000, { type: 'string', description: 'some words' }) };
    const tools = [{ type: 'function', function: { name: 'f', parameters } }];
    const body = (await inThread(JSON.stringify({ messages, tools }), CHAT)) as CheckedBody;
    expect(() => body.read(bodySchemaOf(CHAT)!.schema)).toThrowError(
      expect.objectContaining({ status: 400, code: 'invalid_tools', param: 'tools' }),
    );
    const asked = JSON.stringify({ input: 'hello', tools: [{ type: 'function', name: 'f', parameters }] });
    const other = (await inThread(asked, '/v1/responses')) as CheckedBody;
    expect(() => other.read(bodySchemaOf('/v1/responses')!.schema)).toThrowError(/at most 131072/);
  });

  it('are refused for tools of one name, each called what it is in the body', async () => {
    const parameters = { type: 'object', properties: keys(300, { type: 'string', description: 'some words' }) };
    const tools = [{ name: 'f', parameters }, { name: 'f' }];
    const chat = { messages, tools: tools.map((described) => ({ type: 'function', function: described })) };
    const responses = { input: 'hello', tools: tools.map((described) => ({ type: 'function', ...described })) };
    for (const [path, asked, param] of [
      [CHAT, chat, 'tools[1].function.name'],
      ['/v1/responses', responses, 'tools[1].name'],
    ] as const) {
      const body = (await inThread(JSON.stringify(asked), path)) as CheckedBody;
      expect(() => body.read(bodySchemaOf(path)!.schema)).toThrowError(expect.objectContaining({ param }));
    }
  });

  it('are refused for more than 128 tools', async () => {
    const tools = Array.from({ length: 129 }, (_, i) => ({ type: 'function', function: { name: `f${i}` } }));
    const body = read(await inThread(JSON.stringify({ messages, tools }), CHAT), CHAT);
    expect(body).toMatchObject({ status: 400, param: 'tools' });
  });

  it('come as they are where nobody knows what they should be', async () => {
    expect(await inThread('{"a": [1]}', '/nowhere')).toEqual({ a: [1] });
  });

  it('leave this thread free', async () => {
    const text = JSON.stringify({ messages: [{ ...messages[0], ...keys(16_000) }] });
    await inThread(text, CHAT);
    let longest = 0;
    let last = performance.now();
    const turning = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const started = performance.now();
    await Promise.all([1, 2, 3, 4].map(() => inThread(text, CHAT)));
    const took = performance.now() - started;
    clearInterval(turning);
    expect(longest).toBeLessThan(took / 3);
  });
});

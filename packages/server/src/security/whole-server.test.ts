import { createStopMatcher } from '@foretoken/core/text';
import { createServer, type RunningServer, type ServerConfiguration } from '@foretoken/server';
import { afterEach, describe, expect, it } from 'vitest';
import { hashApiKey } from '../configuration/api-key-hash.js';
import { testConfiguration } from '../openai/testing/configuration.js';
import { ScriptedEngine, scriptOf } from '../openai/testing/scripted-engine.js';
import { smallText } from '../openai/testing/small-text.js';
import { sendRaw } from './testing/serve-middleware.js';

let server: RunningServer | undefined;
let engine: ScriptedEngine;
afterEach(async () => {
  await server?.close({ deadline: 0 });
  server = undefined;
});

async function start(security: Partial<ServerConfiguration['security']> = {}): Promise<RunningServer> {
  engine = new ScriptedEngine();
  const defaults = testConfiguration();
  server = await createServer(
    { ...defaults, model: 'scripted', security: { ...defaults.security, ...security } },
    { engine, text: smallText() },
  );
  await server.ready;
  return server;
}

function post(
  body: object | string,
  headers: Record<string, string> = {},
  path = '/v1/chat/completions',
): Promise<Response> {
  return fetch(`${server!.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const chat = { messages: [{ role: 'user', content: 'hello' }] };

describe('a server with keys', () => {
  it('asks every route for one but the open ones, also those that are not there', async () => {
    const { url } = await start({ apiKeys: [{ name: 'a', sha256: hashApiKey('right') }] });
    const closed = [
      '/v1/models',
      '/v1/models/scripted',
      '/props',
      '/metrics',
      '/docs',
      '/docs/openapi.json',
      '/nowhere',
    ];
    for (const path of closed) expect((await fetch(`${url}${path}`)).status, path).toBe(401);
    for (const path of ['/v1/chat/completions', '/v1/completions', '/tokenize', '/detokenize', '/apply-template']) {
      expect((await post(chat, {}, path)).status, path).toBe(401);
    }
    for (const path of ['/health', '/ready']) expect((await fetch(`${url}${path}`)).status, path).toBe(200);
    expect(engine.requests).toHaveLength(0);
    expect((await post(chat, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post(chat, { authorization: 'Bearer right' })).status).toBe(200);
  });

  it('reads no body of somebody without one', async () => {
    const { port } = await start({ apiKeys: [{ name: 'a', sha256: hashApiKey('right') }] });
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    // Announced, and not sent: who waited for it would not answer.
    const answer = await sendRaw(port, `${head}Content-Length: 1000000\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('texts that would break what carries them', () => {
  const texts = [
    '\n\ndata: [DONE]\n\n',
    'data: {"choices":[]}\r\n\r\n',
    '\revent: error\rdata: x\r\r',
    ': comment\nid: 7\nretry: 0\n\n',
    '\u2028\u2029\u0085\u0000\u001b[31m',
    '</script><script>alert(1)</script>',
    '"}\n',
  ];

  it('arrive in streams as they are, in frames of our own', async () => {
    await start();
    engine.script = scriptOf(texts);
    const response = await post({ ...chat, stream: true });
    const raw = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const frames = raw.split('\n\n').filter((frame) => frame !== '');
    expect(frames.at(-1)).toBe('data: [DONE]');
    // As a client reads it: a line ends with CR, LF or both.
    for (const frame of frames) expect(frame.split(/\r\n|\r|\n/)).toHaveLength(1);
    const contents = frames.slice(0, -1).map((frame) => {
      const chunk = JSON.parse(frame.replace(/^data: /, '')) as { choices: { delta: { content?: string } }[] };
      return chunk.choices[0]?.delta.content ?? '';
    });
    expect(contents.join('')).toBe(texts.join(''));
  });

  it.each([
    'a\r\nSet-Cookie: x=1',
    'a\u0000b',
    '\u202egnp.exe',
    '../../etc/passwd',
    'x'.repeat(500),
    '__proto__',
    '\ud800',
  ])('do no harm as the name of a model: %j', async (model) => {
    await start();
    const response = await post({ ...chat, model });
    expect(response.status).toBe(404);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  });

  it.each([
    '/v1/models/a%0d%0aSet-Cookie:%20x=1',
    '/v1/models/..%2f..%2fetc%2fpasswd',
    '/v1/models/%00',
    '/v1/models/%',
    '/v1/models/__proto__',
  ])('do no harm as a path: %s', async (path) => {
    const { port } = await start();
    const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toMatch(/^set-cookie/im);
    expect(answer).toContain('"error"');
  });
});

describe('what is no valid HTTP', () => {
  it.each([
    ['GET / HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n', 400],
    ['nonsense\r\n\r\n', 400],
    ['GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
    ['POST / HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\nx', 417],
    ['POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
  ])('is refused as everything else is: %j', async (text, status) => {
    const { port } = await start();
    const answer = await sendRaw(port, text);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/^content-type: application\/json/im);
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'invalid_request_error', message: expect.any(String) } });
  });

  it('breaks no answer that has begun on the same connection', async () => {
    const { port } = await start();
    const body = JSON.stringify({ ...chat, stream: true });
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    engine.script = async function* () {
      yield { kind: 'started', waitedMilliseconds: 0, reusedPromptTokens: 0 };
      yield* scriptOf(['a'])(engine.requests[0]!, new AbortController().signal);
      await new Promise((resolve) => setTimeout(resolve, 200));
    };
    const answer = await sendRaw(port, `${head}${body}nonsense\r\n\r\n`);
    expect(answer.match(/HTTP\/1\.1/g) ?? []).toHaveLength(1);
  });
});

describe('requests that would change the server', () => {
  it.each([
    '{"__proto__": {"model": "x"}, "messages": []}',
    '{"messages": [{"role": "user", "content": "a", "__proto__": {"role": "system"}}]}',
    '{"constructor": {"prototype": {"polluted": true}}, "messages": []}',
    '{"messages": [], "logit_bias": {"__proto__": 1}}',
    '{"messages": [], "metadata": {"__proto__": "x"}}',
  ])('are refused: %s', async (body) => {
    await start();
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(engine.requests).toHaveLength(0);
  });

  it.each(['[]', '"text"', '7', 'null', 'true', '[{}]'])('are refused where they are no object: %s', async (body) => {
    await start();
    expect((await post(body)).status).toBe(400);
  });

  it('leave the server up', async () => {
    await start();
    for (const body of [
      '['.repeat(100_000),
      '{"a":'.repeat(50_000),
      `{"messages": "${'\\u0000'.repeat(100_000)}"}`,
      '{',
    ]) {
      expect((await post(body)).status).toBe(400);
    }
    expect((await post(chat)).status).toBe(200);
  });
});

describe('limits of a whole server', () => {
  it('count tokens of a key, and give a place back when its answer ends', async () => {
    await start({ apiKeys: [{ name: 'a', sha256: hashApiKey('right') }], requestsPerMinute: 3, concurrency: 1 });
    const headers = { authorization: 'Bearer right' };
    for (const status of [200, 200, 200, 429]) expect((await post(chat, headers)).status).toBe(status);
  });

  it('hold for bodies', async () => {
    await start({ bodyLimit: 2_048 });
    const response = await post({ messages: [{ role: 'user', content: 'x'.repeat(3_000) }] });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      error: { code: 'request_too_large', type: 'invalid_request_error' },
    });
  });
});

describe('stop strings', () => {
  // As patterns these would take longer than anybody waits.
  const bombs = ['(a+)+$', '(a|a)*b', '(.*)*\u0000', '^(([a-z])+.)+[A-Z]([a-z])+$', '(a{1,99}){1,99}b'];

  it('are plain text: what would be a bomb as a pattern neither matches nor costs', () => {
    const matcher = createStopMatcher(bombs);
    const text = 'a'.repeat(200_000);
    let out = '';
    for (let i = 0; i < text.length; i += 7) out += matcher.push(text.slice(i, i + 7)).text;
    expect(out + matcher.finish()).toBe(text);
  });

  it.each(bombs)('%s stops at itself', async (stop) => {
    await start();
    const matcher = createStopMatcher([stop]);
    expect(matcher.push(`before ${stop} after`)).toEqual({ text: 'before ', stopped: true });
    const response = await post({ ...chat, stop });
    expect(response.status).toBe(200);
    expect(engine.requests[0]?.stop).toEqual([stop]);
  });
});

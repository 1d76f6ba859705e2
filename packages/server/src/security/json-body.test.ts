import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonBody } from './json-body.js';
import { type MiddlewareServer, sendRaw, serveMiddleware } from './testing/serve-middleware.js';

const LIMIT = 64 * 1024;

type Body = NonNullable<RequestInit['body']>;

let server: MiddlewareServer;
afterEach(() => server.close());

async function post(body: RequestInit['body'], headers: Record<string, string> = {}): Promise<Response> {
  server = await serveMiddleware([jsonBody({ limit: LIMIT })]);
  return fetch(server.url, {
    method: 'POST',
    body: body ?? null,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
  });
}

async function errorOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { message: string; type: string; param: null } };
  expect(error).toMatchObject({ type: 'invalid_request_error', param: null });
  expect(server.passed).toHaveLength(0);
  return error.message;
}

/** A JSON text of a given size in bytes. */
const sized = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2));

describe('what is read', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    '%s',
    async (type) => {
      const response = await post('{"a": "\u00e4\u{1F600}"}', { 'content-type': type });
      expect(await response.json()).toEqual({ body: { a: '\u00e4\u{1F600}' } });
    },
  );

  it('bodies up to the limit', async () => {
    expect((await post(sized(LIMIT))).status).toBe(200);
  });

  it('bodies that come in pieces', async () => {
    const pieces = ['{"a"', ': [1,', '2]}'];
    const stream = new ReadableStream({
      pull: (controller) => {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(piece));
      },
    });
    expect(await (await post(stream)).json()).toEqual({ body: { a: [1, 2] } });
  });

  it('nothing of a request without a body', async () => {
    server = await serveMiddleware([jsonBody({ limit: LIMIT })]);
    expect(await (await fetch(server.url, { method: 'POST' })).json()).toEqual({ body: null });
    expect(await (await fetch(server.url)).json()).toEqual({ body: null });
  });
});

describe('what is refused', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
    'application/json-patch',
    'application/json; charset=latin1',
  ])('the type %j, with 415', async (type) => {
    const response = await post('{}', { 'content-type': type });
    expect(response.status).toBe(415);
    expect(await errorOf(response)).toContain('application/json');
  });

  it.each([
    ['compressed', gzipSync('{}'), 'gzip'],
    ['a bomb', gzipSync(Buffer.alloc(50_000_000)), 'gzip'],
    ['an unknown encoding', Buffer.from('{}'), 'zstd'],
  ])('%s, with 415', async (_name, body, encoding) => {
    const response = await post(body as unknown as Body, { 'content-encoding': encoding });
    expect(response.status).toBe(415);
  });

  it.each([1, 100_000, 8_000_000])('%d bytes too many, with 413 that the client gets to read', async (more) => {
    const response = await post(sized(LIMIT + more));
    expect(response.status).toBe(413);
    expect(response.headers.get('connection')).toBe('close');
    expect(await errorOf(response)).toBe(`The body is larger than ${LIMIT} bytes.`);
  });

  it('too much without a length', async () => {
    let left = 100;
    const stream = new ReadableStream({
      pull: (controller) => {
        if (left-- === 0) controller.close();
        else controller.enqueue(new Uint8Array(LIMIT / 10).fill(0x20));
      },
    });
    expect((await post(stream)).status).toBe(413);
  });

  it('more bytes than the length says', async () => {
    server = await serveMiddleware([jsonBody({ limit: LIMIT })]);
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const answer = await sendRaw(server.port, `${head}Content-Length: 2\r\nConnection: close\r\n\r\n{}{"more": 1}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain('more');
  });

  it('both a length and chunks, which smuggle requests past proxies', async () => {
    server = await serveMiddleware([jsonBody({ limit: LIMIT })]);
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const answer = await sendRaw(
      server.port,
      `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(server.passed).toHaveLength(0);
  });

  it.each<[string, Body]>([
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]) as unknown as Body],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22]) as unknown as Body],
    ['a control character in a string', '"a\u0001b"'],
    ['a cut text', '{"a": '],
    ['NaN', '{"a": NaN}'],
    ['two values', '{} {}'],
    ['nothing but spaces', '   '],
    ['a NUL', '\u0000'],
    ['levels beyond counting', '['.repeat(LIMIT)],
    ['a prototype', '{"__proto__": {}}'],
  ])('%s, with 400', async (_name, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatch(/^The body (is not valid|has)/);
  });

  it('a client that goes away in the middle leaves nothing', async () => {
    server = await serveMiddleware([jsonBody({ limit: LIMIT })]);
    const controller = new AbortController();
    const stream = new ReadableStream({
      start: (source) => source.enqueue(new TextEncoder().encode('{"a": ')),
    });
    const sent = fetch(server.url, {
      ...{ method: 'POST', body: stream, duplex: 'half' as const, signal: controller.signal },
      headers: { 'content-type': 'application/json' },
    });
    setTimeout(() => controller.abort(), 50);
    await expect(sent).rejects.toThrow();
    expect((await fetch(server.url)).status).toBe(200);
    expect(server.passed).toHaveLength(1);
  });
});

import { Writable } from 'node:stream';
import { ForetokenError } from '@foretoken/core';
import type { Logger } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { hashApiKey } from '../configuration/api-key-hash.js';
import { ApiKeys, requireApiKey } from '../security/api-keys.js';
import { jsonBody } from '../security/json-body.js';
import { type MiddlewareServer, sendRaw, serveMiddleware } from '../security/testing/serve-middleware.js';
import { createLogger } from './create-logger.js';
import { nestLogger } from './nest-logger.js';
import { logBodies, requestLogging } from './request-logging.js';

let server: MiddlewareServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

function log(logging: Parameters<typeof createLogger>[0]['logging'] = { level: 'trace', prompts: false }): {
  readonly logger: Logger;
  readonly lines: readonly Record<string, unknown>[];
  readonly raw: () => string;
} {
  const lines: Record<string, unknown>[] = [];
  let raw = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      raw += chunk.toString();
      for (const line of chunk.toString().trimEnd().split('\n'))
        lines.push(JSON.parse(line) as Record<string, unknown>);
      done();
    },
  });
  return { logger: createLogger({ logging, destination }), lines, raw: () => raw };
}

describe('lines for people', () => {
  function readable(): { readonly logger: Logger; readonly written: string[] } {
    const written: string[] = [];
    const destination = { write: (line: string) => void written.push(line) };
    return {
      logger: createLogger({ logging: { level: 'info', prompts: false }, destination, forPeople: true }),
      written,
    };
  }

  it('have time, level, message and fields, and what is no business of logs cut out', () => {
    const { logger, written } = readable();
    logger.warn({ engine: 0, prompt: 'a secret' }, 'The model runs on wasm.');
    logger.debug('not told');
    expect(written.join('')).toMatch(
      /^\[\d\d:\d\d:\d\d\] WARN: The model runs on wasm\. \{"engine":0,"prompt":"\[redacted\]"\}\n$/,
    );
  });

  it('show an error with its stack', () => {
    const { logger, written } = readable();
    logger.error({ err: new Error('broken') }, 'failed');
    expect(written.join('')).toContain('ERROR: failed');
    expect(written.join('')).toMatch(/broken[\s\S]*at .*logging\.test/);
  });
});

describe('request ids', () => {
  const send = async (header: string): Promise<{ answer: string; id: unknown }> => {
    const { logger, lines } = log();
    server = await serveMiddleware([requestLogging(logger)]);
    const answer = await sendRaw(
      server.port,
      `GET / HTTP/1.1\r\nHost: localhost\r\n${header}Connection: close\r\n\r\n`,
    );
    await expect.poll(() => lines.length).toBe(1);
    return { answer, id: (lines[0]!.req as { id: unknown }).id };
  };

  it('are those of the client where they are sane', async () => {
    const { answer, id } = await send('X-Request-Id: trace-7:a_b.c\r\n');
    expect(answer).toMatch(/^x-request-id: trace-7:a_b\.c\r$/m);
    expect(id).toBe('trace-7:a_b.c');
  });

  it.each([
    ['missing', ''],
    ['too long', `X-Request-Id: ${'a'.repeat(129)}\r\n`],
    ['of spaces', 'X-Request-Id: a b\r\n'],
    ['a percent-encoded line break', 'X-Request-Id: a%0d%0aSet-Cookie: x=1\r\n'],
    ['no ASCII', 'X-Request-Id: \u00e4\r\n'],
    ['given twice', 'X-Request-Id: a\r\nX-Request-Id: b\r\n'],
  ])('are new where one is %s', async (_name, header) => {
    const { answer, id } = await send(header);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(answer).toContain(`x-request-id: ${String(id)}\r\n`);
    expect(answer).not.toMatch(/^set-cookie/im);
  });

  it('with a line break are refused by Node before they are seen', async () => {
    const { logger, lines } = log();
    server = await serveMiddleware([requestLogging(logger)]);
    for (const id of ['a\nb: c', 'a\rb', 'a\u0000b', '\u001b[31mred']) {
      const answer = await sendRaw(server.port, `GET / HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${id}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(lines).toEqual([]);
  });
});

describe('the line of a request', () => {
  const key = 'ft-a-very-secret-key';
  const secrets = /very-secret|the-prompt|the-query|the-cookie/;

  async function ask(prompts: boolean): Promise<{ lines: readonly Record<string, unknown>[]; raw: string }> {
    const { logger, lines, raw } = log({ level: 'info', prompts });
    server = await serveMiddleware([
      requestLogging(logger),
      requireApiKey({ keys: new ApiKeys([{ name: 'laptop', sha256: hashApiKey(key) }]), openMetrics: false }),
      jsonBody({ limit: 10_000 }),
      ...(prompts ? [logBodies()] : []),
    ]);
    await fetch(`${server.url}/v1/chat/completions?q=the-query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, cookie: 'the-cookie', 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'the-prompt' }),
    });
    await expect.poll(() => lines.length).toBe(prompts ? 2 : 1);
    return { lines, raw: raw() };
  }

  it('says who, what and how long, and holds no secret', async () => {
    const { lines, raw } = await ask(false);
    expect(lines[0]).toMatchObject({
      ...{ name: 'foretoken', level: 30, msg: 'answered', key: 'laptop', responseTime: expect.any(Number) },
      req: { method: 'POST', path: '/v1/chat/completions', address: '127.0.0.1' },
      res: { status: 200 },
    });
    expect(Object.keys(lines[0]?.req as object).sort()).toEqual(['address', 'id', 'method', 'path']);
    expect(raw).not.toMatch(secrets);
  });

  it('comes with the body where that is wanted, and still without the key', async () => {
    const { lines, raw } = await ask(true);
    expect(lines[0]).toMatchObject({ msg: 'asked', body: { prompt: 'the-prompt' } });
    expect(raw).not.toMatch(/very-secret|the-cookie/);
  });

  it('cuts out fields that would hold prompts or keys, wherever they come from', () => {
    const { logger, raw } = log();
    logger.info({ prompt: 'the-prompt', headers: { authorization: key }, request: { messages: ['the-prompt'] } });
    logger.info({ answer: 'the-prompt', event: { text: 'the-prompt' }, apiKey: key });
    expect(raw()).not.toMatch(secrets);
  });

  it('keeps of an error its code and frames, and not its details', () => {
    const { logger, lines, raw } = log();
    const error = new ForetokenError(`No: ${'x'.repeat(10_000)}`, { code: 'c', details: { value: 'the-prompt' } });
    logger.error({ err: error }, 'failed');
    const logged = lines[0]?.err as Record<string, string>;
    expect(logged).toMatchObject({ type: 'ForetokenError', code: 'c', stack: expect.stringMatching(/^ {4}at /) });
    expect(raw().length).toBeLessThan(5_000);
    expect(raw()).not.toMatch(secrets);
    logger.error({ err: 'a thrown text with the-prompt' }, 'failed');
    expect(raw()).not.toMatch(secrets);
  });

  it('cannot be ended by any text: control characters are escaped', () => {
    const { logger, lines, raw } = log();
    logger.info({ model: 'a\r\n{"level":60,"msg":"forged"}\u001b[31m\u2028' }, 'x');
    expect(lines).toHaveLength(1);
    for (const character of ['\r', '\u001b']) expect(raw()).not.toContain(character);
    expect(raw().split('\n')).toHaveLength(2);
  });

  it('is a warning for refusals, and hidden for what machines ask all the time', async () => {
    const { logger, lines } = log();
    server = await serveMiddleware([
      requestLogging(logger),
      requireApiKey({ keys: new ApiKeys([{ name: 'a', sha256: hashApiKey(key) }]), openMetrics: false }),
    ]);
    await fetch(`${server.url}/v1/models`);
    await fetch(`${server.url}/health`);
    await expect.poll(() => lines.map(({ level }) => level)).toEqual([40, 20]);
  });

  it('calls "not now" no error, shows no stack for a status, and hides it where probes ask', async () => {
    const { logger, lines } = log();
    server = await serveMiddleware([
      requestLogging(logger),
      (request, response) => {
        response.statusCode = request.url === '/broken' ? 500 : 503;
        response.end();
      },
    ]);
    for (const path of ['/v1/models', '/ready', '/broken']) await fetch(`${server.url}${path}`);
    await expect.poll(() => lines.map(({ level }) => level)).toEqual([40, 20, 50]);
    expect(lines.map((line) => line.err)).toEqual([undefined, undefined, undefined]);
  });
});

describe('Nest', () => {
  it('logs into the same log', () => {
    const { logger, lines } = log();
    const nest = nestLogger(logger);
    nest.log('mapped', 'Router');
    nest.warn({ a: 1 }, 'Injector');
    nest.error('failed', 'Error: failed\n    at x', 'Handler');
    nest.error(new TypeError('wrong'), 'Handler');
    nest.verbose?.('much');
    nest.fatal?.('over');
    expect(lines.map(({ level, context, msg }) => [level, context, msg])).toEqual([
      [20, 'Router', 'mapped'],
      [40, 'Injector', '{ a: 1 }'],
      [50, 'Handler', 'failed'],
      [50, 'Handler', 'TypeError'],
      [10, undefined, 'much'],
      [60, undefined, 'over'],
    ]);
  });
});

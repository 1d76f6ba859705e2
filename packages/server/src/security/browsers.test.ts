import { afterEach, describe, expect, it } from 'vitest';
import { isLoopback } from '../configuration/is-loopback.js';
import { allowOrigins } from './cross-origin.js';
import { checkHost } from './host-names.js';
import { secureHeaders } from './response-headers.js';
import { type MiddlewareServer, sendRaw, serveMiddleware } from './testing/serve-middleware.js';

let server: MiddlewareServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('hosts', () => {
  it.each(['localhost', 'LOCALHOST', 'a.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])(
    '%s is loopback',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(['', '0.0.0.0', '::', '10.0.0.1', 'example.com', 'localhost.example.com', '127.0.0.1.nip.io', '127.1'])(
    '%j is not',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );

  async function statusFor(host: string, options: Parameters<typeof checkHost>[0]): Promise<string | undefined> {
    server = await serveMiddleware([checkHost(options)]);
    const answer = await sendRaw(server.port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
  }

  it.each([
    ['localhost:8080', '200'],
    ['127.0.0.1:8080', '200'],
    ['[::1]:8080', '200'],
    ['evil.example', '421'],
    ['evil.example:8080', '421'],
    ['localhost.evil.example', '421'],
    ['localhost@evil.example', '421'],
  ])('a server on loopback answers %s with %s', async (host, status) => {
    expect(await statusFor(host, { listensOn: '127.0.0.1', allowed: [] })).toBe(status);
  });

  it.each([
    ['http://evil.example/', '421'],
    ['http://localhost@evil.example/', '421'],
    ['HTTPS://evil.example:8080?x', '421'],
    ['http://localhost:1/', '200'],
    ['/http://evil.example/', '200'],
  ])('counts the host of a request line with %s', async (target, status) => {
    server = await serveMiddleware([checkHost({ listensOn: '127.0.0.1', allowed: [] })]);
    const answer = await sendRaw(server.port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]).toBe(status);
  });

  it('allows names that are set', async () => {
    expect(await statusFor('LLM.internal:80', { listensOn: '127.0.0.1', allowed: ['llm.internal'] })).toBe('200');
    await server?.close();
    expect(await statusFor('other.internal', { listensOn: '0.0.0.0', allowed: ['llm.internal'] })).toBe('421');
    await server?.close();
    expect(await statusFor('anything', { listensOn: '0.0.0.0', allowed: [] })).toBe('200');
  });
});

describe('origins', () => {
  const preflight = (origin: string): Promise<Response> =>
    fetch(server!.url, {
      method: 'OPTIONS',
      headers: {
        ...{ origin, 'access-control-request-method': 'POST' },
        'access-control-request-headers': 'authorization,content-type,x-stainless-lang',
      },
    });

  it('answers preflight requests of allowed origins itself', async () => {
    server = await serveMiddleware([allowOrigins(['https://a.example'])]);
    const response = await preflight('https://a.example');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type,x-stainless-lang');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('vary')).toBe('Origin');
    expect(server.passed).toHaveLength(0);
  });

  it.each(['https://b.example', 'https://a.example.evil.example', 'http://a.example', 'null', 'https://A.example'])(
    'says nothing to %s',
    async (origin) => {
      server = await serveMiddleware([allowOrigins(['https://a.example'])]);
      for (const response of [await preflight(origin), await fetch(server.url, { headers: { origin } })]) {
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
      }
    },
  );

  it('lets everybody in for *', async () => {
    server = await serveMiddleware([allowOrigins(['*'])]);
    const response = await fetch(server.url, { headers: { origin: 'https://b.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toContain('x-request-id');
  });
});

describe('headers', () => {
  it('forbid everything that the page does not need', async () => {
    server = await serveMiddleware([secureHeaders()]);
    const { headers } = await fetch(server.url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toBeNull();
    const documentation = (await fetch(`${server.url}/docs`)).headers.get('content-security-policy') ?? '';
    expect(documentation).toContain("style-src 'self' 'unsafe-inline'");
    expect(documentation).toContain("script-src 'self';");
  });
});

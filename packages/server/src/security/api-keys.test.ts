import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hashApiKey } from '../configuration/api-key-hash.js';
import { ApiKeys, apiKeyNameOf, requireApiKey } from './api-keys.js';
import { OPEN_PATHS } from './open-paths.js';
import { type MiddlewareServer, serveMiddleware } from './testing/serve-middleware.js';

const compared = vi.hoisted(() => ({ calls: 0 }));
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return {
    ...crypto,
    timingSafeEqual: (a: Buffer, b: Buffer) => {
      compared.calls++;
      return crypto.timingSafeEqual(a, b);
    },
  };
});

const names = ['first', 'second', 'third'];
const keys = new ApiKeys(names.map((name) => ({ name, sha256: hashApiKey(`key of ${name}`.replaceAll(' ', '-')) })));

let server: MiddlewareServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function get(path: string, headers: Record<string, string> = {}, openMetrics = false): Promise<Response> {
  server ??= await serveMiddleware([requireApiKey({ keys, openMetrics })]);
  return fetch(`${server.url}${path}`, { headers });
}

describe('keys', () => {
  it('hashes with SHA-256', () => {
    expect(hashApiKey('ft-ä')).toBe(createHash('sha256').update('ft-ä').digest('hex'));
  });

  it.each(names)('finds the name of %s', (name) => {
    expect(keys.nameOf(`key-of-${name}`)).toBe(name);
  });

  it.each(['', 'key-of-fourth', 'key-of-firs', 'KEY-OF-FIRST', hashApiKey('key-of-first')])(
    'does not know %j',
    (key) => {
      expect(keys.nameOf(key)).toBeUndefined();
    },
  );

  it('does the same work for any key: one comparison in constant time with each', () => {
    const work = ['key-of-first', 'key-of-third', 'key-of-firsu', '', 'x'.repeat(10_000)].map((key) => {
      compared.calls = 0;
      keys.nameOf(key);
      return compared.calls;
    });
    expect(work).toEqual([3, 3, 3, 3, 3]);
  });
});

describe('requests', () => {
  it.each(['/v1/models', '/nowhere', '/docs', '/metrics', '/dashboard/events'])('%s needs a key', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toEqual({
      error: {
        ...{
          message: 'No API key was given. Send one as "Authorization: Bearer KEY" or "X-Api-Key: KEY".',
          type: 'invalid_request_error',
        },
        ...{ param: null, code: 'invalid_api_key' },
      },
    });
  });

  it.each([
    'Bearer wrong',
    'Bearer',
    'Bearer  ',
    'Basic key-of-first',
    'key-of-first',
    'Bearer key-of-first x',
    'Bearer key-of-first,key-of-second',
  ])('%j is no key', async (authorization) => {
    const response = await get('/v1/models', { authorization });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('key-of-first');
    expect(server!.passed).toHaveLength(0);
  });

  it.each(['Bearer key-of-second', 'bearer key-of-second', 'Bearer   key-of-second'])(
    '%j is one',
    async (authorization) => {
      expect((await get('/v1/models', { authorization })).status).toBe(200);
      expect(apiKeyNameOf(server!.passed[0]!)).toBe('second');
    },
  );

  it('takes a key from x-api-key, and Authorization before it', async () => {
    expect((await get('/v1/models', { 'x-api-key': 'key-of-third' })).status).toBe(200);
    expect(apiKeyNameOf(server!.passed[0]!)).toBe('third');
    expect((await get('/v1/models', { 'x-api-key': 'wrong' })).status).toBe(401);
    expect((await get('/v1/models', { 'x-api-key': '' })).status).toBe(401);
    const both = { authorization: 'Bearer wrong', 'x-api-key': 'key-of-third' };
    expect((await get('/v1/models', both)).status).toBe(401);
    expect((await get('/v1/models', { ...both, authorization: 'Basic abc' })).status).toBe(200);
  });

  it('a key in the query is none', async () => {
    expect((await get('/v1/models?api_key=key-of-first')).status).toBe(401);
  });

  it.each(OPEN_PATHS)('%s needs none', async (path) => {
    expect((await get(path)).status).toBe(200);
  });

  it.each([
    '/health/../v1/models',
    '/dashboard/page.js/../../v1/models',
    '/dashboard/%2e%2e/v1/models',
    '/dashboard/events',
    '//health',
    '/health/',
    '/HEALTH',
    '/health;/v1/models',
    '/health%2f..%2fv1/models',
  ])('%s is no open path', async (path) => {
    server = await serveMiddleware([requireApiKey({ keys, openMetrics: false })]);
    const { sendRaw } = await import('./testing/serve-middleware.js');
    const answer = await sendRaw(server.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('only reads are open', async () => {
    server = await serveMiddleware([requireApiKey({ keys, openMetrics: true })]);
    for (const path of ['/health', '/metrics', '/']) {
      expect((await fetch(`${server.url}${path}`, { method: 'POST' })).status).toBe(401);
    }
  });

  it('/metrics can be open', async () => {
    expect((await get('/metrics', {}, true)).status).toBe(200);
  });

  it('without any key nobody is asked for one', async () => {
    server = await serveMiddleware([requireApiKey({ keys: new ApiKeys([]), openMetrics: false })]);
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(200);
  });
});

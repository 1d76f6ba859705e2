import { afterEach, describe, expect, it } from 'vitest';
import { hashApiKey } from '../configuration/api-key-hash.js';
import { ApiKeys, requireApiKey } from './api-keys.js';
import { addressGroup } from './client-address.js';
import { limitConcurrency, limitRate } from './request-limits.js';
import { type MiddlewareServer, serveMiddleware } from './testing/serve-middleware.js';
import { TokenBuckets } from './token-buckets.js';

let server: MiddlewareServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const authenticate = requireApiKey({
  keys: new ApiKeys(['a', 'b'].map((name) => ({ name, sha256: hashApiKey(name) }))),
  openMetrics: false,
});

const post = (key: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(server!.url, { method: 'POST', headers: { authorization: `Bearer ${key}`, ...headers } });

describe('token buckets', () => {
  it('give what a minute allows at once, then one by one', () => {
    let now = 0;
    const buckets = new TokenBuckets({ perMinute: 6, now: () => now });
    expect([1, 2, 3, 4, 5, 6].map(() => buckets.take('a').kind)).toEqual(Array(6).fill('granted'));
    expect(buckets.take('a')).toEqual({ kind: 'refused', retryAfter: 10 });
    expect(buckets.take('b')).toEqual({ kind: 'granted', remaining: 5 });
    now = 9_000;
    expect(buckets.take('a')).toEqual({ kind: 'refused', retryAfter: 1 });
    now = 10_000;
    expect(buckets.take('a')).toEqual({ kind: 'granted', remaining: 0 });
    now = 10_000_000;
    expect(buckets.take('a')).toEqual({ kind: 'granted', remaining: 5 });
  });

  it('never allow more than the rate over any time, however requests come', () => {
    let now = 0;
    const buckets = new TokenBuckets({ perMinute: 30, now: () => now });
    let granted = 0;
    for (let i = 0; i < 6_000; i++) {
      now += 100;
      if (buckets.take('a').kind === 'granted') granted++;
    }
    // Ten minutes, and what the bucket held at the start.
    expect(granted).toBeGreaterThanOrEqual(300);
    expect(granted).toBeLessThanOrEqual(330);
  });

  it('remember a bounded number of callers, and those who came last', () => {
    const buckets = new TokenBuckets({ perMinute: 1, now: () => 0 });
    for (let i = 0; i < 50_000; i++) buckets.take(`caller ${i}`);
    expect(buckets.size).toBeLessThanOrEqual(10_000);
    expect(buckets.take('caller 49999').kind).toBe('refused');
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['nonsense'.repeat(100), 'nonsense'.repeat(8)],
  ])('%s counts as %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});

describe('rate', () => {
  const limit = (perMinute: number, trustedProxies = 0) =>
    limitRate({ buckets: new TokenBuckets({ perMinute, now: () => 0 }), trustedProxies });

  it('is one of each key, and says when to come again', async () => {
    server = await serveMiddleware([authenticate, limit(2)]);
    expect((await post('a')).headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect((await post('a')).status).toBe(200);
    const refused = await post('a');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(await refused.json()).toEqual({
      error: {
        ...{ message: 'More than 2 requests a minute. Try again in 30 s.', type: 'requests' },
        ...{ param: null, code: 'rate_limit_exceeded' },
      },
    });
    expect((await post('b')).status).toBe(200);
  });

  it('leaves reads free', async () => {
    server = await serveMiddleware([limit(1)]);
    for (let i = 0; i < 3; i++) expect((await fetch(server.url)).status).toBe(200);
  });

  it('believes X-Forwarded-For only as far as proxies are trusted', async () => {
    const from = (address: string) => post('', { 'x-forwarded-for': address });
    server = await serveMiddleware([limit(1)]);
    expect([(await from('10.0.0.1')).status, (await from('10.0.0.2')).status]).toEqual([200, 429]);
    await server.close();
    server = await serveMiddleware([limit(1, 1)]);
    expect([(await from('10.0.0.1')).status, (await from('10.0.0.2')).status]).toEqual([200, 200]);
    // What the client itself wrote before the proxy's entry changes nothing.
    expect((await from('192.0.2.9, 10.0.0.1')).status).toBe(429);
  });
});

describe('concurrency', () => {
  it('refuses beyond it, and counts down when a response ends or its client goes', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holding = true;
    server = await serveMiddleware([authenticate, limitConcurrency({ most: 2, trustedProxies: 0 })], {
      hold: () => (holding ? released : Promise.resolve()),
    });
    const leaving = new AbortController();
    const gone = fetch(server.url, {
      ...{ method: 'POST', signal: leaving.signal },
      headers: { authorization: 'Bearer a' },
    });
    const running = post('a');
    await expect.poll(() => server!.passed.length).toBe(2);
    const refused = await post('a');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ error: { code: 'concurrency_limit_exceeded' } });
    holding = false;
    expect((await post('b')).status).toBe(200);
    leaving.abort();
    await expect(gone).rejects.toThrow();
    await expect.poll(async () => (await post('a')).status).toBe(200);
    release();
    expect((await running).status).toBe(200);
  });
});

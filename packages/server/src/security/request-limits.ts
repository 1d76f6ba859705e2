import type { IncomingMessage } from 'node:http';
import { apiKeyNameOf } from './api-keys.js';
import { clientAddress } from './client-address.js';
import type { Middleware } from './middleware.js';
import { refuse } from './refusal.js';
import type { TokenBuckets } from './token-buckets.js';

/** Who a request is counted for: its key, or its address where no key is asked for. */
export function callerOf(request: IncomingMessage, options: { readonly trustedProxies: number }): string {
  const name = apiKeyNameOf(request);
  return name === undefined ? `address ${clientAddress(request, options)}` : `key ${name}`;
}

/** Refuses requests beyond a caller's rate with 429. Reads are free: they cost next to nothing. */
export function limitRate(options: { readonly buckets: TokenBuckets; readonly trustedProxies: number }): Middleware {
  const { buckets, trustedProxies } = options;
  return (request, response, next) => {
    if (request.method !== 'POST') return next();
    const taken = buckets.take(callerOf(request, { trustedProxies }));
    response.setHeader('x-ratelimit-limit-requests', buckets.perMinute);
    response.setHeader('x-ratelimit-remaining-requests', taken.kind === 'granted' ? taken.remaining : 0);
    if (taken.kind === 'granted') return next();
    refuse(response, {
      status: 429,
      message: `More than ${buckets.perMinute} requests a minute. Try again in ${taken.retryAfter} s.`,
      type: 'requests',
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': String(taken.retryAfter) },
    });
  };
}

/** Refuses a request with 429 while its caller has `most` others running. */
export function limitConcurrency(options: { readonly most: number; readonly trustedProxies: number }): Middleware {
  const { most, trustedProxies } = options;
  const running = new Map<string, number>();
  return (request, response, next) => {
    if (request.method !== 'POST') return next();
    const caller = callerOf(request, { trustedProxies });
    const now = running.get(caller) ?? 0;
    if (now >= most) {
      return refuse(response, {
        status: 429,
        message: `${now} requests are running already, which is the most at a time. Try again when one has ended.`,
        type: 'requests',
        code: 'concurrency_limit_exceeded',
        headers: { 'retry-after': '1' },
      });
    }
    running.set(caller, now + 1);
    // Comes once for every response: ended, failed, or the client gone.
    response.once('close', () => {
      const left = (running.get(caller) ?? 1) - 1;
      if (left === 0) running.delete(caller);
      else running.set(caller, left);
    });
    next();
  };
}

import type { Middleware } from './middleware.js';

const EXPOSED = 'x-request-id, retry-after, x-ratelimit-limit-requests, x-ratelimit-remaining-requests';

/** Lets pages of the given origins call the server (CORS); `*` stands for all. Answers preflight requests, which carry no key. */
export function allowOrigins(origins: readonly string[]): Middleware {
  const any = origins.includes('*');
  const allowed = new Set(origins);
  return (request, response, next) => {
    const { origin } = request.headers;
    if (!any) response.appendHeader('vary', 'Origin');
    if (origin === undefined || !(any || allowed.has(origin))) return next();
    response.setHeader('access-control-allow-origin', any ? '*' : origin);
    response.setHeader('access-control-expose-headers', EXPOSED);
    const method = request.headers['access-control-request-method'];
    if (request.method !== 'OPTIONS' || method === undefined) return next();
    response.setHeader('access-control-allow-methods', 'GET, POST, OPTIONS');
    // The headers that clients add to themselves differ by version: what is a list of header names is let through.
    const headers = request.headers['access-control-request-headers'] ?? '';
    if (/^[A-Za-z0-9, _-]{1,2048}$/.test(headers)) response.setHeader('access-control-allow-headers', headers);
    response.setHeader('access-control-max-age', '600');
    response.writeHead(204).end();
  };
}

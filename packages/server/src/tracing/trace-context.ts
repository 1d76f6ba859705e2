import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Middleware } from '../security/middleware.js';

const parents = new AsyncLocalStorage<Context>();

/** Remembers the trace that a request belongs to for everything that is done for it. */
export const rememberParent: Middleware = (request, _response, next) => {
  const header = request.headers.traceparent;
  parents.run(parseTraceparent(typeof header === 'string' ? header : ''), () => next());
};

/** What the span of the request at hand hangs off. */
export function currentParent(): Context {
  return parents.getStore() ?? ROOT_CONTEXT;
}

/** The header of W3C Trace Context; an invalid one begins a new trace, as the standard requires. */
export function parseTraceparent(header: string): Context {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header) ?? [];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

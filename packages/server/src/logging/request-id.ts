import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

// Nothing that could end a line of a log or a header, or fill either.
const SANE = /^[A-Za-z0-9._:-]{1,128}$/;

/** The id that a client gave its request in `X-Request-Id`, if it is sane; else a new one. */
export function chooseRequestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}

/** The id under which a request is logged, traced and answered. */
export function requestIdOf(request: IncomingMessage): string {
  return String(request.id);
}

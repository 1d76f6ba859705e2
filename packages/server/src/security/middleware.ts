import type { IncomingMessage, ServerResponse } from 'node:http';

/** What express and Nest take with `app.use`. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** Path of the request's target as it was sent: undecoded, without the query. */
export function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/';
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}

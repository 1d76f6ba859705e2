import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { apiKeyNameOf } from '../security/api-keys.js';
import type { RequestWithBody } from '../security/json-body.js';
import { type Middleware, pathOf } from '../security/middleware.js';
import { chooseRequestId } from './request-id.js';

/** What machines ask every few seconds. */
const FREQUENT: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics', '/favicon.ico']);

/**
 * Gives every request an id, which the response carries as `X-Request-Id`, and logs one line when it has ended. The line
 * holds method, path, status, time, address and the name of the key: no query, no headers, no body.
 */
export function requestLogging(logger: Logger): Middleware {
  return pinoHttp({
    logger,
    genReqId: (request, response) => {
      const id = chooseRequestId(request);
      response.setHeader('x-request-id', id);
      return id;
    },
    // Only what stands here is logged of a request and a response.
    serializers: {
      req: ({ raw }: { readonly raw: IncomingMessage }) => ({
        id: raw.id,
        method: raw.method,
        path: pathOf(raw).slice(0, 256),
        address: raw.socket.remoteAddress,
      }),
      res: ({ raw }: { readonly raw: ServerResponse }) => ({ status: raw.statusCode }),
    },
    customProps: (request) => {
      const apiKey = apiKeyNameOf(request);
      return apiKey === undefined ? {} : { key: apiKey };
    },
    customLogLevel: (request, response, error) => {
      if (error !== undefined) return 'error';
      // "Not now" is what probes are there to be told.
      if (response.statusCode === 503) return isFrequent(request) ? 'debug' : 'warn';
      if (response.statusCode >= 500) return 'error';
      if (response.statusCode >= 400) return 'warn';
      return isFrequent(request) ? 'debug' : 'info';
    },
    // The error that stands for a status, made by pino-http, says nothing that the line does not, with a stack of pino-http's.
    customErrorObject: (_request, response, error, line: Readonly<Record<string, unknown>>) =>
      error.message === `failed with status code ${response.statusCode}` ? { ...line, err: undefined } : line,
    customSuccessMessage: (_request, response) => (response.writableFinished ? 'answered' : 'client went away'),
    customErrorMessage: () => 'failed',
  });
}

/** Logs the bodies of requests: stands after what reads them, and only where logs may hold prompts. */
export function logBodies(): Middleware {
  return (request: RequestWithBody, _response, next) => {
    if (request.body !== undefined) request.log.info({ body: request.body }, 'asked');
    next();
  };
}

function isFrequent(request: IncomingMessage): boolean {
  const path = pathOf(request);
  return FREQUENT.has(path) || path.startsWith('/dashboard/');
}

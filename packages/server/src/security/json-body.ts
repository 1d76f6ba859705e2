import type { IncomingMessage, ServerResponse } from 'node:http';
import { readJson } from './json-text.js';
import type { Middleware } from './middleware.js';
import { type Refusal, refuse } from './refusal.js';

/** How long the rest of a refused body may take to arrive. Milliseconds. */
const DRAIN_TIME = 5_000;
/** How much of it is read and thrown away: a client that is cut off while it still sends may never see the answer. */
const DRAIN_BYTES = 32 * 2 ** 20;

/** A request whose body was read. */
export interface RequestWithBody extends IncomingMessage {
  body?: unknown;
}

/**
 * Reads JSON bodies into `request.body`, in place of Nest's own parser: only `application/json` (which also keeps web
 * pages from posting without the browser asking first), uncompressed, no larger than `limit` bytes, valid UTF-8, not too
 * deep, and without names that change prototypes.
 */
export function jsonBody(options: { readonly limit: number }): Middleware {
  const { limit } = options;
  return (request: RequestWithBody, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || !hasBody(request)) return next();
    const refusal = refusalOfHeaders(request, limit);
    if (refusal !== undefined) return refuseUnread(request, response, refusal);
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        stop();
        refuseUnread(request, response, tooLarge(limit));
      }
    };
    const finish = (): void => {
      stop();
      const reading = parse(Buffer.concat(chunks));
      if (reading.kind === 'refused') {
        refuse(response, { status: 400, message: reading.message });
        return;
      }
      request.body = reading.value;
      next();
    };
    const stop = (): void => {
      request.off('data', take).off('end', finish);
    };
    // A client that goes away before the end: nobody to answer, and what was read is let go.
    request.on('error', stop);
    request.on('data', take).on('end', finish);
  };
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function refusalOfHeaders(request: IncomingMessage, limit: number): Refusal | undefined {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!/^application\/json *(?:; *charset="?utf-8"? *)?$/i.test(type)) {
    return { status: 415, message: 'The body must be JSON: send it with "Content-Type: application/json".' };
  }
  if (encoding.toLowerCase() !== 'identity') {
    return { status: 415, message: 'Compressed bodies are not taken. Send the body without Content-Encoding.' };
  }
  return Number(request.headers['content-length'] ?? 0) > limit ? tooLarge(limit) : undefined;
}

function tooLarge(limit: number): Refusal {
  return { status: 413, message: `The body is larger than ${limit} bytes.`, code: 'request_too_large' };
}

function parse(bytes: Buffer): ReturnType<typeof readJson> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { kind: 'refused', message: 'The body is not valid UTF-8.' };
  }
  return readJson(text);
}

/** Answers once the body was sent, or enough of it, and closes the connection. */
function refuseUnread(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  let dropped = 0;
  const answer = (): void => {
    clearTimeout(timer);
    request.off('data', drop).off('end', answer).off('error', answer);
    request.pause();
    if (response.headersSent || response.destroyed) return;
    refuse(response, { ...refusal, headers: { ...refusal.headers, connection: 'close' } });
  };
  const drop = (chunk: Buffer): void => {
    dropped += chunk.length;
    if (dropped > DRAIN_BYTES) answer();
  };
  const timer = setTimeout(answer, DRAIN_TIME);
  timer.unref();
  request.on('data', drop).on('end', answer).on('error', answer);
  if (request.readableEnded) answer();
}

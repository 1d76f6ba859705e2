import type { IncomingMessage, ServerResponse } from 'node:http';
import { type JsonReading, readJsonBytes } from './json-text.js';
import type { Middleware } from './middleware.js';
import { type Refusal, refuse } from './refusal.js';

/** How long the rest of a refused body may take to arrive. Milliseconds. */
const DRAIN_TIME = 5_000;
/** How much of it is read and thrown away: a client that is cut off while it still sends may never see the answer. */
const DRAIN_BYTES = 32 * 2 ** 20;

/** Bytes that are read where they are: a millisecond or two. */
const SHORT = 8_192;

/** Reads a body elsewhere; its bytes are gone from here afterwards. The signal aborts when nobody waits any more. */
export type ReadLongBody = (
  bytes: Uint8Array<ArrayBuffer>,
  request: IncomingMessage,
  signal: AbortSignal,
) => Promise<JsonReading>;

/** A request whose body was read. */
export interface RequestWithBody extends IncomingMessage {
  body?: unknown;
}

/**
 * Reads JSON bodies into `request.body`, in place of Nest's own parser: only `application/json` (which also keeps web
 * pages from posting without the browser asking first), uncompressed, no larger than `limit` bytes, valid UTF-8, not too
 * deep, and without names that change prototypes. Errors of `readLong` go to whatever answers errors of the application.
 */
export function jsonBody(options: {
  readonly limit: number;
  /** Reads long bodies elsewhere. @default they are read here */
  readonly readLong?: ReadLongBody | undefined;
}): Middleware {
  const { limit, readLong } = options;
  return (request: RequestWithBody, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || !hasBody(request)) return next();
    const refusal = refusalOfHeaders(request, limit);
    if (refusal !== undefined) return refuseUnread(request, response, refusal);
    const chunks: Buffer[] = [];
    let size = 0;
    const collect = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        stop();
        refuseUnread(request, response, tooLarge(limit));
      }
    };
    const finish = (): void => {
      stop();
      const bytes = new Uint8Array(Buffer.concat(chunks));
      if (readLong === undefined || size <= SHORT) take(readJsonBytes(bytes));
      else readLong(bytes, request, goneSignal(response)).then(take, next);
    };
    const take = (reading: JsonReading): void => {
      if (reading.kind === 'refused') {
        refuse(response, { status: 400, message: reading.message });
        return;
      }
      request.body = reading.value;
      next();
    };
    const stop = (): void => {
      request.off('data', collect).off('end', finish);
    };
    // A client that goes away before the end: nobody to answer, and what was read is let go.
    request.on('error', stop);
    request.on('data', collect).on('end', finish);
  };
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  return gone.signal;
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

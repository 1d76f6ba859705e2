import type { ServerResponse } from 'node:http';

/** An answer that says no, with what an OpenAI error body holds. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** @default 'invalid_request_error' */
  readonly type?: string;
  /** @default null */
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends a response with an OpenAI error body. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  const { status, headers = {} } = refusal;
  const body = refusalBody(refusal);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** The error object of the API that a refusal is, as JSON. */
export function refusalBody(refusal: Omit<Refusal, 'status'>): string {
  const { message, type = 'invalid_request_error', code = null } = refusal;
  return JSON.stringify({ error: { message, type, param: null, code } });
}

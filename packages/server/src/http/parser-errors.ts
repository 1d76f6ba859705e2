import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, refusalBody, refuse } from '../security/refusal.js';

/** What Node's parser gives up on; everything else is 400. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The headers are too large.', code: 'headers_too_large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, message: 'The chunk extensions are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request took too long to arrive.', code: 'request_timeout' },
};
const MALFORMED: Refusal = { status: 400, message: 'This is no valid HTTP request.', code: 'malformed_request' };

/** Answers in the API's form what Node answers by itself, before any middleware: requests that are no valid HTTP. */
export function answerParserErrors(server: Server): void {
  const begun = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => begun.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const response = begun.get(socket);
    const isInTheMiddle = response?.headersSent === true && !response.writableFinished;
    if (socket.writable && error.code !== 'ECONNRESET' && !isInTheMiddle) {
      socket.write(rawRefusal(REFUSALS[error.code ?? ''] ?? MALFORMED));
    }
    socket.destroy();
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const message = 'The header Expect can only ask for 100-continue.';
    refuse(response, { status: 417, message, code: 'expectation_failed', headers: { connection: 'close' } });
    request.resume();
  });
  // A request without a host is refused by the check of hosts, with a body.
  Reflect.set(server, 'requireHostHeader', false);
}

function rawRefusal(refusal: Refusal): string {
  const body = refusalBody(refusal);
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { RequestWithBody } from '../json-body.js';
import type { Middleware } from '../middleware.js';

/** A server of nothing but middleware, which answers with what came through it. */
export interface MiddlewareServer {
  readonly url: string;
  readonly port: number;
  /** Requests that came through. */
  readonly passed: IncomingMessage[];
  close(): Promise<void>;
}

export async function serveMiddleware(
  middleware: readonly Middleware[],
  options: { /** Before the answer is sent. */ readonly hold?: () => Promise<void> } = {},
): Promise<MiddlewareServer> {
  const passed: IncomingMessage[] = [];
  const server = createServer((request: RequestWithBody, response) => {
    const step = (index: number): void => {
      const next = middleware[index];
      if (next !== undefined) {
        next(request, response, () => step(index + 1));
        return;
      }
      passed.push(request);
      void (options.hold?.() ?? Promise.resolve()).then(() => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ body: request.body ?? null }));
      });
    };
    step(0);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    passed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Sends bytes as they are and gives what comes back until the connection is closed. */
export function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

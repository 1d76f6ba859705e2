import { createHash, hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A server on this machine that speaks the endpoints of the hub that downloads use. */
export interface LocalHub {
  readonly url: string;
  /** `METHOD /path range` of every request so far. */
  readonly requests: string[];
  /** How many bytes of each following file answer are sent before the connection breaks. */
  breakAfter: number | undefined;
  close(): Promise<void>;
}

export interface LocalHubFile {
  readonly bytes: Uint8Array;
  /** As a large file, announced with its SHA-256; else with its git blob hash. */
  readonly lfs?: boolean;
  /** Another hash to announce, for downloads that must fail. */
  readonly announcedHash?: string;
}

export async function startLocalHub(
  repository: string,
  files: Readonly<Record<string, LocalHubFile>>,
): Promise<LocalHub> {
  const hub = { requests: [] as string[], breakAfter: undefined as number | undefined };
  const server = createServer((request, response) => {
    hub.requests.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://hub').pathname);
    if (path === `/api/models/${repository}/tree/main`) return sendTree(response, files);
    const file = files[path.slice(`/${repository}/resolve/main/`.length)];
    if (file && path.startsWith(`/${repository}/resolve/main/`))
      return sendFile(request, response, file, hub.breakAfter);
    response.writeHead(404, { 'x-error-message': 'Repository not found' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return Object.assign(hub, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

function sendTree(response: ServerResponse, files: Readonly<Record<string, LocalHubFile>>): void {
  const entries = Object.entries(files).map(([path, { bytes, lfs, announcedHash }]) => ({
    type: 'file',
    path,
    size: bytes.length,
    oid: lfs ? '0' : (announcedHash ?? createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')),
    ...(lfs ? { lfs: { oid: announcedHash ?? hash('sha256', bytes), size: bytes.length, pointerSize: 130 } } : {}),
  }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(entries));
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes }: LocalHubFile,
  breakAfter: number | undefined,
): void {
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from);
  const end = to === '' ? bytes.length : Math.min(Number(to) + 1, bytes.length);
  response.writeHead(206, {
    'content-range': `bytes ${start}-${end - 1}/${bytes.length}`,
    'content-length': end - start,
    etag: `"${hash('sha256', bytes)}"`,
  });
  if (breakAfter === undefined || end - start <= breakAfter) {
    response.end(bytes.subarray(start, end));
    return;
  }
  response.write(bytes.subarray(start, start + breakAfter), () => setTimeout(() => response.destroy(), 50));
}

import { connect, type Socket } from 'node:net';

/** A connection on which anything can be sent, as broken clients do. */
export class RawConnection {
  readonly #socket: Socket;
  #received = '';
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      this.#received += piece;
    });
    // What a test looks at is what came and that it is over.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#closed = true;
    });
  }

  static open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new RawConnection(socket)));
      socket.once('error', reject);
    });
  }

  /** All text that came so far. */
  get received(): string {
    return this.#received;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(text: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(text);
  }

  /** Sends a POST of JSON. */
  post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): void {
    const lines = Object.entries({
      host: 'localhost',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.send(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  }

  /** Stops reading: what comes fills the buffers of the system, then those of the server. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Goes away without a word, in the middle of anything. */
  vanish(): void {
    this.#socket.resetAndDestroy();
  }

  /** Resolves when text like this has come, or when the connection is over. */
  until(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#closed && !pattern.test(this.#received)) return;
        this.#socket.off('data', look).off('close', look);
        resolve();
      };
      this.#socket.on('data', look).on('close', look);
      look();
    });
  }
}

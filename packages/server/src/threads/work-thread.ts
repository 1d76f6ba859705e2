import { type Transferable, Worker } from 'node:worker_threads';
import { builtFile } from '../built-file.js';
import { TextUnavailableError } from './errors.js';

export interface WorkThreadOptions {
  /** Name of its code in the build. */
  readonly name: 'text-thread' | 'body-thread';
  /** What it finds as `workerData`. */
  readonly data?: unknown;
  readonly heapMegabytes: number;
}

/** Milliseconds that one piece of work may take; the longest that a body holds takes some seconds. */
const TIMEOUT = 30_000;

interface Waiting<Reply> {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that works on what clients sent. It takes one request at a time, and is over when it failed at one. */
export class WorkThread<Request, Reply> {
  readonly #worker: Worker;
  #waiting: Waiting<Reply> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor({ name, data, heapMegabytes }: WorkThreadOptions) {
    this.#worker = new Worker(builtFile(`${name}.js`), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    // A thread with nothing to do keeps no process alive.
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#settle()?.resolve(reply));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('The thread ended.')));
  }

  get over(): boolean {
    return this.#over;
  }

  /** @throws {TextUnavailableError} it took too long or too much memory. */
  perform(request: Request, transfer: readonly Transferable[] = []): Promise<Reply> {
    if (this.#over) throw new TextUnavailableError('The thread that works on long texts has ended. Try again.');
    return new Promise<Reply>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#timer = setTimeout(() => this.#end(new Error(`It took longer than ${TIMEOUT} ms.`)), TIMEOUT);
      this.#worker.ref();
      this.#worker.postMessage(request, transfer);
    });
  }

  async close(): Promise<void> {
    this.#end(new Error('The server is closing.'));
    await this.#worker.terminate();
  }

  #settle(): Waiting<Reply> | undefined {
    clearTimeout(this.#timer);
    this.#worker.unref();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #end(cause: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#settle()?.reject(
      new TextUnavailableError('The text takes too much time or memory to be read. Shorten it, or try again.', cause),
    );
    void this.#worker.terminate();
  }
}

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ForetokenError } from '@foretoken/core';
import { TextUnavailableError } from './errors.js';
import type { TextSource, ThreadReply, ThreadRequest } from './protocol.js';

/** Milliseconds that one text may take; the longest that a body holds takes some seconds. */
const TIMEOUT = 30_000;
/** The vocabulary, and several times the longest text that a body holds. */
const HEAP_MEGABYTES = 768;

interface Waiting {
  readonly resolve: (reply: ThreadReply) => void;
  readonly reject: (error: Error) => void;
}

/** A thread with the text side of a model. It takes one request at a time, and is over when it failed at one. */
export class TextThread {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(source: TextSource) {
    this.#worker = new Worker(threadFile(), {
      workerData: source,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    });
    // A thread with nothing to do keeps no process alive.
    this.#worker.unref();
    this.#worker.on('message', (reply: ThreadReply) => this.#settle()?.resolve(reply));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('The thread ended.')));
  }

  get over(): boolean {
    return this.#over;
  }

  /** @throws {ForetokenError} what the work threw. @throws {TextUnavailableError} it took too long or too much memory. */
  async perform(request: ThreadRequest): Promise<Exclude<ThreadReply, { kind: 'failed' }>> {
    if (this.#over) throw new TextUnavailableError('The thread that works on long texts has ended. Try again.');
    const reply = await new Promise<ThreadReply>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#timer = setTimeout(() => this.#end(new Error(`It took longer than ${TIMEOUT} ms.`)), TIMEOUT);
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
    if (reply.kind !== 'failed') return reply;
    const { name, message, code, details } = reply;
    throw Object.assign(new ForetokenError(message, { code, details }), { name });
  }

  async close(): Promise<void> {
    this.#end(new Error('The server is closing.'));
    await this.#worker.terminate();
  }

  #settle(): Waiting | undefined {
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

/** The built thread: beside this module in the build, in the package's build when this runs from its sources. */
function threadFile(): string {
  const beside = fileURLToPath(new URL('./text-thread.js', import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL('../../dist/text-thread.js', import.meta.url));
}

import { once } from 'node:events';
import { type Transferable, Worker } from 'node:worker_threads';
import { builtFile } from '../built-file.js';
import { TextUnavailableError } from './errors.js';

/** Milliseconds that one piece of work may take; the longest that a body holds takes some seconds. */
const TIMEOUT = 30_000;
/** Milliseconds without work after which the thread and what it has loaded are given up. */
const IDLE = 60_000;
const CLOSING = 'The server is closing.';

export interface TenantThreadOptions {
  /** Name of its code in the build. */
  readonly name: 'text-thread' | 'body-thread';
  /** What it finds as `workerData`. */
  readonly data?: unknown;
  readonly heapMegabytes: number;
  /** Pieces of work of one tenant that may wait. */
  readonly mostWaiting: number;
}

/** For whom there is work. */
export interface Asker {
  /** Whose turn it is counted as. */
  readonly tenant: string;
  /** Aborted before its turn it is not worked on. */
  readonly signal: AbortSignal;
}

interface Job<Request, Reply> extends Asker {
  readonly request: Request;
  readonly transfer: readonly Transferable[];
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** Work on what clients sent, in a thread of its own, one piece after the other and tenant by tenant in turns. */
export class TenantThread<Request, Reply> {
  readonly #options: TenantThreadOptions;
  /** Waiting jobs; the tenant whose turn is next comes first. */
  readonly #waiting = new Map<string, Job<Request, Reply>[]>();
  #worker: Worker | undefined;
  #busy = false;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: TenantThreadOptions) {
    this.#options = options;
  }

  /** @throws {TextUnavailableError} too much waits already, the asker left, or the work took too much. */
  perform(request: Request, asker: Asker, transfer: readonly Transferable[] = []): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const jobs = this.#waiting.get(asker.tenant) ?? [];
      const { mostWaiting } = this.#options;
      if (this.#closed || jobs.length >= mostWaiting) {
        const message = this.#closed ? CLOSING : `${mostWaiting} long texts are waiting to be read. Try again later.`;
        reject(new TextUnavailableError(message));
        return;
      }
      jobs.push({ ...asker, request, transfer, resolve, reject });
      this.#waiting.set(asker.tenant, jobs);
      if (!this.#busy) void this.#work();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const waiting = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new TextUnavailableError(CLOSING));
    await this.#end();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    clearTimeout(this.#idle);
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      const { signal, resolve, reject } = job;
      if (signal.aborted) reject(new TextUnavailableError('The client left.', signal.reason));
      else await this.#ask(job).then(resolve, reject);
    }
    this.#busy = false;
    if (!this.#closed) this.#idle = setTimeout(() => void this.#end(), IDLE).unref();
  }

  #next(): Job<Request, Reply> | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [tenant, [job, ...rest]] = first;
    this.#waiting.delete(tenant);
    // Behind all others.
    if (rest.length > 0) this.#waiting.set(tenant, rest);
    return job;
  }

  async #ask({ request, transfer }: Job<Request, Reply>): Promise<Reply> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const over = new AbortController();
    const onExit = (): void => over.abort(new Error('The thread ended.'));
    const timer = setTimeout(() => over.abort(new Error(`It took longer than ${TIMEOUT} ms.`)), TIMEOUT);
    worker.once('exit', onExit).ref();
    try {
      worker.postMessage(request, transfer);
      // Rejects at an error of the thread too.
      const [reply]: Reply[] = await once(worker, 'message', { signal: over.signal });
      return reply as Reply;
    } catch (cause) {
      void this.#end();
      const excess = 'The text takes too much time or memory to be read. Shorten it, or try again.';
      const message = this.#closed ? CLOSING : excess;
      throw new TextUnavailableError(message, over.signal.aborted ? over.signal.reason : cause);
    } finally {
      clearTimeout(timer);
      worker.off('exit', onExit).unref();
    }
  }

  #start(): Worker {
    const { name, data, heapMegabytes } = this.#options;
    const worker = new Worker(builtFile(`${name}.js`), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    return worker.on('error', forget).once('exit', forget);
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

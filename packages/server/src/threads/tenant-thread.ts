import type { Transferable } from 'node:worker_threads';
import { TextUnavailableError } from './errors.js';
import { WorkThread, type WorkThreadOptions } from './work-thread.js';

/** Milliseconds without work after which the thread and what it has loaded are given up. */
const IDLE = 60_000;

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

/** Work in a thread of its own, one piece after the other and tenant by tenant in turns. */
export class TenantThread<Request, Reply> {
  readonly #options: WorkThreadOptions & { readonly mostWaiting: number };
  /** Waiting jobs; the tenant whose turn is next comes first. */
  readonly #waiting = new Map<string, Job<Request, Reply>[]>();
  #thread: WorkThread<Request, Reply> | undefined;
  #busy = false;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;

  /** @param options.mostWaiting - pieces of work of one tenant that may wait */
  constructor(options: WorkThreadOptions & { readonly mostWaiting: number }) {
    this.#options = options;
  }

  /** @throws {TextUnavailableError} too much waits already, the asker left, or the work took too much. */
  perform(request: Request, asker: Asker, transfer: readonly Transferable[] = []): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const jobs = this.#waiting.get(asker.tenant) ?? [];
      const { mostWaiting } = this.#options;
      if (this.#closed || jobs.length >= mostWaiting) {
        const message = this.#closed
          ? 'The server is closing.'
          : `${mostWaiting} long texts are waiting to be read. Try again later.`;
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
    for (const { reject } of waiting) reject(new TextUnavailableError('The server is closing.'));
    await this.#thread?.close();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    clearTimeout(this.#idle);
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      const { request, transfer, signal, resolve, reject } = job;
      if (signal.aborted) reject(new TextUnavailableError('The client left.', signal.reason));
      else await this.#running().perform(request, transfer).then(resolve, reject);
    }
    this.#busy = false;
    if (this.#closed) return;
    this.#idle = setTimeout(() => {
      void this.#thread?.close();
      this.#thread = undefined;
    }, IDLE).unref();
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

  #running(): WorkThread<Request, Reply> {
    if (this.#thread === undefined || this.#thread.over) this.#thread = new WorkThread(this.#options);
    return this.#thread;
  }
}

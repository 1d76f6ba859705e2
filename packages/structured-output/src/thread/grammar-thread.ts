import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ROUND_TIMEOUT } from '../limits.js';
import type {
  GrammarSource,
  GrammarVocabulary,
  RoundAnswer,
  RoundQuestion,
  ThreadReply,
  ThreadRequest,
} from './protocol.js';

/** Why a thread did not answer. `slow`: this very request took too long. `lost`: the thread ended for another reason. */
export class GrammarThreadError extends Error {
  constructor(
    readonly reason: 'refused' | 'broken' | 'slow' | 'lost',
    message: string,
  ) {
    super(message);
  }
}

interface Waiting {
  readonly timeout: number;
  readonly resolve: (reply: ThreadReply) => void;
  readonly reject: (error: GrammarThreadError) => void;
}

/**
 * A thread that compiles grammars and walks them. It is ended when it refuses a grammar, because the library then
 * leaves its stack as it was, and when a request takes too long, because nothing else stops it.
 */
export class GrammarThread {
  readonly #worker: Worker;
  /** In the order in which they are answered. */
  readonly #waiting = new Map<number, Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #lost: string | undefined;
  compiling = 0;
  sessions = 0;
  /** Bytes that the library held after the last grammar. */
  memory = 0;

  constructor(vocabulary: GrammarVocabulary) {
    this.#worker = new Worker(threadFile(), { workerData: vocabulary });
    // A thread with nothing to do keeps no process alive; while it is asked something, it does.
    this.#worker.unref();
    this.#worker.on('message', (reply: ThreadReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#end('lost', error.message));
    this.#worker.on('exit', () => this.#end('lost', 'The thread ended.'));
  }

  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** Throws `GrammarThreadError`. */
  async compile(source: GrammarSource, timeout: number): Promise<number> {
    const grammar = this.#next++;
    this.compiling++;
    try {
      const reply = await this.#ask({ kind: 'compile', id: this.#next++, grammar, source }, timeout);
      if (reply.kind === 'compiled') this.memory = reply.memory;
      return grammar;
    } finally {
      this.compiling--;
    }
  }

  forget(grammar: number): void {
    this.#send({ kind: 'forget', grammar });
  }

  open(grammar: number): number {
    const session = this.#next++;
    this.sessions++;
    this.#send({ kind: 'open', session, grammar });
    return session;
  }

  close(session: number): void {
    this.sessions--;
    this.#send({ kind: 'close', session });
  }

  /** Throws `GrammarThreadError`. */
  async round(session: number, question: RoundQuestion): Promise<RoundAnswer> {
    const reply = await this.#ask({ kind: 'round', id: this.#next++, session, ...question }, ROUND_TIMEOUT);
    if (reply.kind !== 'round') throw new GrammarThreadError('broken', `Expected a round, got ${reply.kind}.`);
    return reply;
  }

  /** The text that must come next, see `GrammarHost.forced`. Throws `GrammarThreadError`. */
  async forced(session: number, accepted: Int32Array): Promise<string> {
    const reply = await this.#ask({ kind: 'forced', id: this.#next++, session, accepted }, ROUND_TIMEOUT);
    if (reply.kind !== 'forced') throw new GrammarThreadError('broken', `Expected a text, got ${reply.kind}.`);
    return reply.text;
  }

  async end(): Promise<void> {
    this.#end('lost', 'The constraint compiler was closed.');
    await this.#worker.terminate();
  }

  #send(request: ThreadRequest): void {
    if (!this.lost) this.#worker.postMessage(request);
  }

  #ask(request: ThreadRequest & { readonly id: number }, timeout: number): Promise<ThreadReply> {
    if (this.#lost !== undefined) return Promise.reject(new GrammarThreadError('lost', this.#lost));
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { timeout, resolve, reject });
      if (this.#waiting.size === 1) this.#watchFirst();
      this.#worker.postMessage(request);
    });
  }

  /** Times the request that the thread is at; those behind it are not to blame. */
  #watchFirst(): void {
    clearTimeout(this.#timer);
    const first = this.#waiting.values().next().value;
    if (first === undefined) {
      this.#worker.unref();
      return;
    }
    this.#worker.ref();
    this.#timer = setTimeout(() => this.#end('slow', `It takes longer than ${first.timeout} ms.`), first.timeout);
  }

  #receive(reply: ThreadReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    this.#watchFirst();
    if (reply.kind !== 'failed') {
      waiting.resolve(reply);
      return;
    }
    waiting.reject(new GrammarThreadError(reply.cause, reply.message));
    if (reply.cause === 'refused') this.#end('lost', 'The thread refused a grammar.');
  }

  #end(reason: 'slow' | 'lost', message: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = message;
    clearTimeout(this.#timer);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const [place, { reject }] of waiting.entries()) {
      reject(new GrammarThreadError(place === 0 ? reason : 'lost', message));
    }
    void this.#worker.terminate();
  }
}

/** The built thread: beside this module in the build, in the package's build when this runs from its sources. */
function threadFile(): string {
  const beside = fileURLToPath(new URL('./grammar-thread.js', import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL('../../dist/grammar-thread.js', import.meta.url));
}

import type { ModelText } from '@foretoken/backend';
import { TextUnavailableError } from './errors.js';
import type { TextSource, ThreadReply, ThreadRequest } from './protocol.js';
import { isShort, type StringTask, stringOf, type TokensTask, tokensOf } from './text-task.js';
import { TextThread } from './text-thread.js';

/** Long texts of one tenant that may wait. */
const MAX_WAITING = 16;
/** Milliseconds without a long text after which the thread and its vocabulary are given up. */
const IDLE = 60_000;

/** For whom texts are worked on. */
export interface TextAsker {
  /** Whose turn it is counted as. */
  readonly tenant: string;
  /** Aborted before its turn it is not worked on. */
  readonly signal: AbortSignal;
}

interface Job extends TextAsker {
  readonly task: ThreadRequest;
  readonly resolve: (reply: Exclude<ThreadReply, { kind: 'failed' }>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Tokenising and rendering of what clients sent. Short texts are worked on at once; long ones in a thread, one after the
 * other and tenant by tenant in turns, so that nobody's text holds up streams.
 */
export class TextWork {
  readonly #text: ModelText;
  readonly #source: TextSource | undefined;
  /** Waiting jobs; the tenant whose turn is next comes first. */
  readonly #waiting = new Map<string, Job[]>();
  #thread: TextThread | undefined;
  #busy = false;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;

  /** @param source - where a thread finds the same text side; without it all texts are worked on at once */
  constructor(text: ModelText, source?: TextSource) {
    this.#text = text;
    this.#source = source;
  }

  /** @throws {ForetokenError} what `tokensOf` throws, and `TextUnavailableError`. */
  async tokens(task: TokensTask, asker: TextAsker): Promise<Int32Array> {
    if (this.#source === undefined || isShort(task)) return tokensOf(task, this.#text);
    const reply = await this.#queue(task, asker);
    if (reply.kind === 'tokens') return reply.tokens;
    throw new TypeError(`Expected tokens, got a ${reply.kind}.`);
  }

  /** @throws {ForetokenError} what `stringOf` throws, and `TextUnavailableError`. */
  async string(task: StringTask, asker: TextAsker): Promise<string> {
    if (this.#source === undefined || isShort(task)) return stringOf(task, this.#text);
    const reply = await this.#queue(task, asker);
    if (reply.kind === 'string') return reply.string;
    throw new TypeError(`Expected a string, got ${reply.kind}.`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const waiting = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new TextUnavailableError('The server is closing.'));
    await this.#thread?.close();
  }

  #queue(task: ThreadRequest, asker: TextAsker): Promise<Exclude<ThreadReply, { kind: 'failed' }>> {
    return new Promise((resolve, reject) => {
      const jobs = this.#waiting.get(asker.tenant) ?? [];
      if (this.#closed || jobs.length >= MAX_WAITING) {
        reject(
          new TextUnavailableError(
            this.#closed
              ? 'The server is closing.'
              : `${MAX_WAITING} long texts are waiting to be read. Try again later.`,
          ),
        );
        return;
      }
      jobs.push({ ...asker, task, resolve, reject });
      this.#waiting.set(asker.tenant, jobs);
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    clearTimeout(this.#idle);
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      const { task, signal, resolve, reject } = job;
      if (signal.aborted) reject(new TextUnavailableError('The client left.', signal.reason));
      else await this.#perform(task).then(resolve, reject);
    }
    this.#busy = false;
    this.#idle = setTimeout(() => {
      void this.#thread?.close();
      this.#thread = undefined;
    }, IDLE).unref();
  }

  #next(): Job | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [tenant, [job, ...rest]] = first;
    this.#waiting.delete(tenant);
    // Behind all others.
    if (rest.length > 0) this.#waiting.set(tenant, rest);
    return job;
  }

  #perform(task: ThreadRequest): Promise<Exclude<ThreadReply, { kind: 'failed' }>> {
    if (this.#source === undefined) throw new TypeError('There is no thread for long texts.');
    if (this.#thread === undefined || this.#thread.over) this.#thread = new TextThread(this.#source);
    return this.#thread.perform(task);
  }
}

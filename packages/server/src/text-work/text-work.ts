import type { ModelText } from '@foretoken/backend';
import { ForetokenError } from '@foretoken/core';
import { type Asker, TenantThread } from '../threads/tenant-thread.js';
import type { TextSource, ThreadReply, ThreadRequest } from './protocol.js';
import { isShort, type StringTask, stringOf, type TokensTask, tokensOf } from './text-task.js';

/** Long texts of one tenant that may wait. */
const MAX_WAITING = 16;
/** The vocabulary, and several times the longest text that a body holds. */
const HEAP_MEGABYTES = 768;

/** For whom texts are worked on. */
export type TextAsker = Asker;

/**
 * Tokenising and rendering of what clients sent. Short texts are worked on at once; long ones in a thread, one after the
 * other and tenant by tenant in turns, so that nobody's text holds up streams.
 */
export class TextWork {
  readonly #text: ModelText;
  readonly #thread: TenantThread<ThreadRequest, ThreadReply> | undefined;

  /** @param source - where a thread finds the same text side; without it all texts are worked on at once */
  constructor(text: ModelText, source?: TextSource) {
    this.#text = text;
    this.#thread =
      source &&
      new TenantThread({ name: 'text-thread', data: source, heapMegabytes: HEAP_MEGABYTES, mostWaiting: MAX_WAITING });
  }

  /** @throws {ForetokenError} what `tokensOf` throws, and `TextUnavailableError`. */
  async tokens(task: TokensTask, asker: TextAsker): Promise<Int32Array> {
    if (this.#thread === undefined || isShort(task)) return tokensOf(task, this.#text);
    const reply = successful(await this.#thread.perform(task, asker));
    if (reply.kind === 'tokens') return reply.tokens;
    throw new TypeError(`Expected tokens, got a ${reply.kind}.`);
  }

  /** @throws {ForetokenError} what `stringOf` throws, and `TextUnavailableError`. */
  async string(task: StringTask, asker: TextAsker): Promise<string> {
    if (this.#thread === undefined || isShort(task)) return stringOf(task, this.#text);
    const reply = successful(await this.#thread.perform(task, asker));
    if (reply.kind === 'string') return reply.string;
    throw new TypeError(`Expected a string, got ${reply.kind}.`);
  }

  async close(): Promise<void> {
    await this.#thread?.close();
  }
}

function successful(reply: ThreadReply): Exclude<ThreadReply, { kind: 'failed' }> {
  if (reply.kind !== 'failed') return reply;
  const { name, message, code, details } = reply;
  throw Object.assign(new ForetokenError(message, { code, details }), { name });
}

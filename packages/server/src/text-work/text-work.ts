import type { ModelText } from '@foretoken/backend';
import { ForetokenError } from '@foretoken/core';
import { type Asker, TenantThread } from '../threads/tenant-thread.js';
import type { TextSource, ThreadReply } from './protocol.js';
import { isShort, perform, type TextResult, type TextTask } from './text-task.js';

/** Long texts of one tenant that may wait. */
const MAX_WAITING = 16;
/** The vocabulary, and several times the longest text that a body holds. */
const HEAP_MEGABYTES = 768;

/**
 * Tokenising and rendering of what clients sent. Short texts are worked on at once; long ones in a thread, one after the
 * other and tenant by tenant in turns, so that nobody's text holds up streams.
 */
export class TextWork {
  /** What it works with. */
  readonly text: ModelText;
  readonly #thread: TenantThread<TextTask, ThreadReply> | undefined;

  /** @param source - where a thread finds the same text side; without it all texts are worked on at once */
  constructor(text: ModelText, source?: TextSource) {
    this.text = text;
    this.#thread =
      source &&
      new TenantThread({ name: 'text-thread', data: source, heapMegabytes: HEAP_MEGABYTES, mostWaiting: MAX_WAITING });
  }

  /** @throws {ForetokenError} what the task throws, and `TextUnavailableError`. */
  async perform<T extends TextTask>(task: T, asker: Asker): Promise<TextResult<T>> {
    if (this.#thread === undefined || isShort(task)) return perform(task, this.text);
    const reply = await this.#thread.perform(task, asker);
    if (reply.kind === 'done') return reply.result as TextResult<T>;
    const { name, message, code, details } = reply;
    throw Object.assign(new ForetokenError(message, { code, details }), { name });
  }

  async close(): Promise<void> {
    await this.#thread?.close();
  }
}

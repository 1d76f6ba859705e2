import { CREDIT } from './process-messages.js';
import type { TextEvent } from './text-engine.js';

/** What a remote stream tells its engine. */
export interface RemoteStreamListener {
  /** So many more events were read. */
  onRead(events: number): void;
  /** The consumer wants no more. */
  onLeave(): void;
}

type Ending = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: unknown };

interface Reader {
  readonly resolve: (result: IteratorResult<TextEvent, void>) => void;
  readonly reject: (error: unknown) => void;
}

/** Reading is told in portions: a message for each event would cost as much as the event. */
const PORTION = CREDIT / 4;

/** The events of one request as they come from another process. */
export class RemoteStream implements AsyncIterableIterator<TextEvent, void, undefined> {
  readonly #listener: RemoteStreamListener;
  #unread: TextEvent[] = [];
  readonly #readers: Reader[] = [];
  #ending: Ending | undefined;
  #untold = 0;

  constructor(listener: RemoteStreamListener) {
    this.#listener = listener;
  }

  push(event: TextEvent): void {
    if (this.#ending !== undefined) return;
    this.#unread.push(event);
    if (event.kind === 'finish') this.#ending = { kind: 'done' };
    this.#serve();
  }

  /** After what is unread comes this error. */
  fail(error: unknown): void {
    this.#ending ??= { kind: 'failed', error };
    this.#serve();
  }

  next(): Promise<IteratorResult<TextEvent, void>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#serve();
    });
  }

  async return(): Promise<IteratorResult<TextEvent, void>> {
    const running = this.#ending === undefined;
    this.#ending = { kind: 'done' };
    this.#unread = [];
    this.#serve();
    if (running) this.#listener.onLeave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #serve(): void {
    while (this.#readers.length > 0) {
      const event = this.#unread.shift();
      if (event === undefined && this.#ending === undefined) return;
      const reader = this.#readers.shift();
      if (event !== undefined) {
        this.#tellRead();
        reader?.resolve({ done: false, value: event });
      } else if (this.#ending?.kind === 'failed') {
        reader?.reject(this.#ending.error);
        // An iteration that has thrown is over.
        this.#ending = { kind: 'done' };
      } else reader?.resolve({ done: true, value: undefined });
    }
  }

  #tellRead(): void {
    this.#untold++;
    if (this.#untold < PORTION || this.#ending !== undefined) return;
    this.#listener.onRead(this.#untold);
    this.#untold = 0;
  }
}

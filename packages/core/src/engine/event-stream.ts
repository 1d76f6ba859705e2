/** What a stream tells whoever fills it. */
export interface EventStreamListener {
  /** An event was read. */
  onRead(): void;
  /** The consumer wants no more. Its `return()` waits for what this gives. */
  onLeave(): Promise<void> | void;
}

interface Reader<Event> {
  readonly resolve: (result: IteratorResult<Event, void>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Events that are pushed on one side and iterated over on the other. Not an async generator function, because the
 * `return()` of one waits for the event that was asked for before it: a consumer could not leave while it waits.
 */
export class EventStream<Event> implements AsyncGenerator<Event, void, undefined> {
  protected unread: Event[] = [];
  readonly #listener: EventStreamListener;
  readonly #readers: Reader<Event>[] = [];
  #ending: { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: unknown } | undefined;

  constructor(listener: EventStreamListener) {
    this.#listener = listener;
  }

  push(event: Event): void {
    if (this.#ending !== undefined) return;
    this.unread.push(event);
    this.#serve();
  }

  /** Nothing more comes after what is unread. */
  end(): void {
    this.#ending ??= { kind: 'done' };
    this.#serve();
  }

  /** After what is unread comes this error. */
  fail(error: unknown): void {
    this.#ending ??= { kind: 'failed', error };
    this.#serve();
  }

  next(): Promise<IteratorResult<Event, void>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#serve();
    });
  }

  async return(): Promise<IteratorResult<Event, void>> {
    this.#ending = { kind: 'done' };
    this.unread = [];
    this.#serve();
    await this.#listener.onLeave();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Event, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** The event that is read next, if there is one. */
  protected take(): Event | undefined {
    return this.unread.shift();
  }

  #serve(): void {
    while (this.#readers.length > 0) {
      const event = this.take();
      if (event === undefined && this.#ending === undefined) return;
      const reader = this.#readers.shift();
      if (event !== undefined) {
        reader?.resolve({ done: false, value: event });
        this.#listener.onRead();
      } else if (this.#ending?.kind === 'failed') {
        reader?.reject(this.#ending.error);
        // An iteration that has thrown is over.
        this.#ending = { kind: 'done' };
      } else reader?.resolve({ done: true, value: undefined });
    }
  }
}

import type { RoundEvent } from '../contracts/generation-event.js';
import type { EngineEvent } from './engine-request.js';

/** Unread tokens after which a request's generation pauses: some seconds of text, and little memory. */
export const MOST_UNREAD_TOKENS = 256;

/** What a stream tells the engine. */
export interface EventStreamListener {
  /** Something was read; so many tokens are still unread. */
  onRead(unread: number): void;
  /** The consumer wants no more. The promise settles when the request's place is free again. */
  onLeave(): Promise<void>;
}

type Ending = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: unknown };

interface Reader {
  readonly resolve: (result: IteratorResult<EngineEvent, void>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What a consumer of a request reads. Not an async generator function, because the `return()` of one waits for the
 * event that was asked for before it: a consumer could not leave while its request waits.
 */
export class EventStream implements AsyncGenerator<EngineEvent, void, undefined> {
  readonly #listener: EventStreamListener;
  readonly #signal: AbortSignal | undefined;
  #unread: EngineEvent[] = [];
  readonly #readers: Reader[] = [];
  #ending: Ending | undefined;
  #dropped: readonly RoundEvent[] = [];

  constructor(listener: EventStreamListener, signal: AbortSignal | undefined) {
    this.#listener = listener;
    this.#signal = signal;
  }

  /** Tokens. */
  get unread(): number {
    return tokensIn(this.#unread);
  }

  push(event: EngineEvent): void {
    if (this.#ending !== undefined) return;
    this.#unread.push(event);
    this.#serve();
  }

  /** Nothing more comes after what is unread. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    this.#serve();
  }

  next(): Promise<IteratorResult<EngineEvent, void>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#serve();
    });
  }

  async return(): Promise<IteratorResult<EngineEvent, void>> {
    this.#ending = { kind: 'done' };
    this.#unread = [];
    this.#serve();
    await this.#listener.onLeave();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<EngineEvent, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #serve(): void {
    if (this.#signal?.aborted) this.#dropRounds();
    while (this.#readers.length > 0) {
      const event = this.#unread.shift();
      if (event === undefined && this.#ending === undefined) return;
      const reader = this.#readers.shift();
      if (event !== undefined) {
        reader?.resolve({ done: false, value: event.kind === 'finish' ? this.#corrected(event) : event });
        this.#listener.onRead(this.unread);
      } else if (this.#ending?.kind === 'failed') {
        reader?.reject(this.#ending.error);
        // An iteration that has thrown is over.
        this.#ending = { kind: 'done' };
      } else reader?.resolve({ done: true, value: undefined });
    }
  }

  /** Whoever aborts doesn't want the tokens that it has not read. */
  #dropRounds(): void {
    this.#dropped = [...this.#dropped, ...this.#unread.filter((event) => event.kind === 'round')];
    this.#unread = this.#unread.filter(({ kind }) => kind !== 'round');
  }

  #corrected(event: Extract<EngineEvent, { kind: 'finish' }>): EngineEvent {
    if (this.#dropped.length === 0) return event;
    const { generatedTokens, acceptedTokens, ...statistics } = event.statistics;
    return {
      kind: 'finish',
      reason: 'abort',
      text: '',
      statistics: {
        ...statistics,
        generatedTokens: generatedTokens - tokensIn(this.#dropped),
        acceptedTokens: acceptedTokens - this.#dropped.reduce((sum, { round }) => sum + round.accepted, 0),
      },
    };
  }
}

function tokensIn(events: readonly EngineEvent[]): number {
  return events.reduce((sum, event) => sum + (event.kind === 'round' ? event.tokens.length : 0), 0);
}

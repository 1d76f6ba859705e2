import type { ConcludedRound, Generation } from '../decoding/generation.js';
import type { CheckedRequest } from '../decoding/generation-request.js';
import { RequestEvents } from './request-events.js';
import type { Sharer } from './tenant-shares.js';
import type { TreePreparation } from './tree-preparation.js';

/** Unread tokens after which a request's generation pauses: some seconds of text, and little memory. */
export const MOST_UNREAD_TOKENS = 256;

/** What the engine gives a task. */
export interface EngineTaskParts {
  /** Counts submissions: lower is older. */
  readonly number: number;
  readonly request: CheckedRequest;
  readonly generation: Generation;
  readonly submittedAt: number;
  readonly tenant: string;
  readonly prefixScope: string;
  /** Milliseconds from submission. */
  readonly deadline: number | undefined;
  /** Tells the engine that there may be something to do. */
  readonly wake: () => void;
}

/** Why a request ends early: its signal was aborted, or its consumer is gone. */
export type Leaving = 'abort' | 'left';

/** A request on its way through the engine. */
export class EngineTask implements Sharer {
  readonly number: number;
  readonly generation: Generation;
  readonly submittedAt: number;
  readonly tenant: string;
  readonly prefixScope: string;
  readonly deadline: number | undefined;
  readonly stream: RequestEvents;
  /** The last round that it was meant to be in, counted from 1. */
  lastRound = 0;
  /**
   * Guesses whose preparation took too long: the request is left out of rounds until they are ready, and then continues
   * with them.
   */
  #preparation: TreePreparation | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #wake: () => void;
  readonly #ended: Promise<void>;
  #settle: () => void = () => {};
  #leaving: Leaving | undefined;
  #paused = false;
  #started = false;

  constructor(parts: EngineTaskParts) {
    const { number, request, generation, submittedAt, tenant, prefixScope, deadline, wake } = parts;
    this.number = number;
    this.generation = generation;
    this.submittedAt = submittedAt;
    this.tenant = tenant;
    this.prefixScope = prefixScope;
    this.deadline = deadline;
    this.#signal = request.signal;
    this.#wake = wake;
    this.#ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.stream = new RequestEvents({ onRead: () => this.#onRead(), onLeave: () => this.#leave() }, this.#signal);
    this.#signal?.addEventListener('abort', this.#onAbort);
    if (this.#signal?.aborted) this.#leaving = 'abort';
  }

  get leaving(): Leaving | undefined {
    return this.#leaving;
  }

  /** Whether too much of what it has brought is unread. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Whether it could be in the next round. */
  get ready(): boolean {
    return !this.#paused && this.#preparation?.ready !== false;
  }

  /** Goes on when its guesses are prepared. */
  waitFor(preparation: TreePreparation): void {
    this.#preparation = preparation;
    void preparation.settled.then(() => this.#wake());
  }

  /** Guesses whose preparation was not finished in time for their round, if there are any. */
  takePreparation(): TreePreparation | undefined {
    const preparation = this.#preparation;
    this.#preparation = undefined;
    return preparation;
  }

  /** When it must be over, on the engine's clock. */
  get deadlineAt(): number {
    return this.submittedAt + (this.deadline ?? Number.POSITIVE_INFINITY);
  }

  /** Whether it has had a place before. */
  get started(): boolean {
    return this.#started;
  }

  get unprefilled(): number {
    return this.generation.unprefilled;
  }

  /** Tokens that it has in the KV cache. */
  get cached(): number {
    return this.generation.sequence.length;
  }

  /** Tokens that it has in the KV cache when its next round begins: all but the last, which is the round's root. */
  get prefix(): number {
    return this.generation.history.length - 1;
  }

  start(waitedMilliseconds: number): void {
    this.#started = true;
    const { reusedPromptTokens } = this.generation.statistics;
    this.stream.push({ kind: 'started', waitedMilliseconds, reusedPromptTokens });
  }

  /** Emits what a round brought, and what comes last if the request has ended with it. */
  emit({ event, ends }: ConcludedRound): void {
    this.stream.push(event);
    if (this.stream.unreadTokens >= MOST_UNREAD_TOKENS) this.#paused = true;
    if (ends !== undefined) this.stream.push(this.generation.end(ends));
  }

  /** Nothing comes after this. Give its place back first: who waits for the end may count on it. */
  end(error?: unknown): void {
    if (error === undefined) this.stream.end();
    else this.stream.fail(error);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#settle();
  }

  readonly #onAbort = (): void => {
    this.#leaving ??= 'abort';
    this.#wake();
  };

  #leave(): Promise<void> {
    this.#leaving = 'left';
    this.#wake();
    return this.#ended;
  }

  #onRead(): void {
    // Not at once, or a slow reader would stop and start it with every round.
    if (!this.#paused || this.stream.unreadTokens > MOST_UNREAD_TOKENS / 2) return;
    this.#paused = false;
    this.#wake();
  }
}

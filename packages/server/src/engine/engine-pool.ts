import { EventEmitter, once } from 'node:events';
import { DeadlineExceededError, EngineClosedError, ForetokenError, QueueFullError } from '@foretoken/core';
import { abortedFinish } from './aborted-finish.js';
import type { EngineProcess } from './engine-process.js';
import { EngineUnavailableError } from './errors.js';
import { leavable } from './leavable.js';
import { PrefixAffinity } from './prefix-affinity.js';
import { routeRequest } from './route-request.js';
import type {
  EngineDescription,
  EngineSnapshot,
  EngineState,
  TextEngine,
  TextEvent,
  TextRequest,
} from './text-engine.js';

/** What a pool needs of an engine. */
export type PooledEngine = Pick<
  EngineProcess,
  'state' | 'started' | 'load' | 'secondsToReady' | 'submit' | 'snapshot' | 'close'
>;

export interface EnginePoolOptions {
  /** Makes an engine, which begins to start. `onState` is to be called with every change of its state. */
  readonly open: (index: number, onState: (state: EngineState) => void) => PooledEngine;
  /** Integer >= 1. */
  readonly engines: number;
}

/** Times that a request is given to an engine again after one has died: a request that kills engines must not kill many. */
const MOST_RETRIES = 2;
/** Milliseconds; a timer of Node.js can't wait for longer. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Several engines as one. A request goes to the least loaded one, or to one that has read the beginning of its prompt. When
 * its engine dies before the first token it is run again, by another or by the same once that is back.
 */
export class EnginePool implements TextEngine {
  readonly #engines: PooledEngine[] = [];
  readonly #options: EnginePoolOptions;
  readonly #affinity = new PrefixAffinity();
  /** Says `change` whenever an engine's state changes, to as many as wait for one. */
  readonly #states = new EventEmitter().setMaxListeners(0);
  #description: EngineDescription | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: EnginePoolOptions) {
    this.#options = options;
  }

  /**
   * Starts the engines: the first alone, because it may have to fetch and build what all need, then the others at once.
   * Throws why one could not be started; then all are closed.
   */
  async start(): Promise<void> {
    try {
      this.#description = await this.#open(0).started();
      const others = Array.from({ length: this.#options.engines - 1 }, (_, index) => this.#open(index + 1).started());
      await Promise.all(others);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Throws `EngineUnavailableError` before the first engine was ready. */
  get description(): EngineDescription {
    if (this.#description !== undefined) return this.#description;
    throw new EngineUnavailableError(this.#secondsToReady);
  }

  get state(): EngineState {
    if (this.#closing !== undefined) return 'closed';
    const states = this.#engines.map(({ state }) => state);
    return (
      (['ready', 'restarting', 'starting', 'failed'] as const).find((state) => states.includes(state)) ?? 'starting'
    );
  }

  submit(request: TextRequest, signal?: AbortSignal): AsyncGenerator<TextEvent, void, undefined> {
    return leavable((either) => this.#run(request, either), signal);
  }

  snapshot(): EngineSnapshot {
    return { engines: this.#engines.map((engine) => engine.snapshot()) };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async *#run(request: TextRequest, signal: AbortSignal): AsyncGenerator<TextEvent, void, undefined> {
    const deadlineAt = performance.now() + (request.deadline ?? Number.POSITIVE_INFINITY);
    const progress = { started: false, tokens: false };
    for (let retries = 0; ; retries++) {
      try {
        const rest = retries === 0 ? request : this.#withRest(request, deadlineAt);
        for await (const event of this.#attempt(rest, signal)) {
          if (event.kind === 'started' && progress.started) continue;
          progress.started ||= event.kind === 'started';
          progress.tokens ||= event.kind === 'round';
          yield event;
        }
        return;
      } catch (error) {
        if (codeOf(error) === 'deadline-exceeded') throw new DeadlineExceededError(request.deadline ?? 0);
        const again = codeOf(error) === 'engine-died' && !progress.tokens && retries < MOST_RETRIES;
        if (!again || this.#closing !== undefined) throw error;
      }
      await this.#someReady(request, signal, deadlineAt);
      if (signal.aborted) return yield abortedFinish(request);
    }
  }

  /** Runs the request by the first engine that takes it. */
  async *#attempt(request: TextRequest, signal: AbortSignal): AsyncGenerator<TextEvent, void, undefined> {
    let refusal: QueueFullError | undefined;
    for (const index of this.#route(request)) {
      const engine = this.#engines[index];
      if (engine?.state !== 'ready') continue;
      this.#affinity.note(index, request.prompt, prefixScopeOf(request));
      try {
        return yield* engine.submit(request, signal);
      } catch (error) {
        if (!(error instanceof QueueFullError)) throw error;
        if (refusal === undefined || error.retryAfterSeconds < refusal.retryAfterSeconds) refusal = error;
      }
    }
    if (refusal !== undefined) throw refusal;
    if (this.#closing !== undefined) throw new EngineClosedError();
    throw new EngineUnavailableError(this.#secondsToReady);
  }

  #route(request: TextRequest): readonly number[] {
    const scope = prefixScopeOf(request);
    const candidates = this.#engines.flatMap(({ state, load }, index) =>
      state === 'ready' ? [{ index, load, knownTokens: this.#affinity.known(index, request.prompt, scope) }] : [],
    );
    return routeRequest(candidates).map(({ index }) => index);
  }

  #withRest(request: TextRequest, deadlineAt: number): TextRequest {
    if (request.deadline === undefined) return request;
    const deadline = deadlineAt - performance.now();
    if (deadline > 0) return { ...request, deadline };
    throw new DeadlineExceededError(request.deadline);
  }

  /** Until an engine is ready, or none will ever be, or the signal is aborted. Throws `DeadlineExceededError`. */
  async #someReady({ deadline }: TextRequest, signal: AbortSignal, deadlineAt: number): Promise<void> {
    // Not AbortSignal.timeout: Node.js before 22.16 forgets one that only AbortSignal.any holds.
    const late = new AbortController();
    const rest = Math.min(LONGEST_TIMER, Math.max(0, deadlineAt - performance.now()));
    const timer = deadline === undefined ? undefined : setTimeout(() => late.abort(), rest);
    const over = AbortSignal.any([signal, late.signal]);
    try {
      while (this.state === 'restarting' || this.state === 'starting') {
        await once(this.#states, 'change', { signal: over });
      }
    } catch (error) {
      if (signal.aborted) return;
      throw deadline === undefined ? error : new DeadlineExceededError(deadline);
    } finally {
      clearTimeout(timer);
    }
  }

  #open(index: number): PooledEngine {
    const engine = this.#options.open(index, (state) => {
      if (state !== 'ready') this.#affinity.forget(index);
      this.#states.emit('change');
    });
    this.#engines.push(engine);
    return engine;
  }

  get #secondsToReady(): number {
    return Math.max(1, Math.min(...this.#engines.map(({ secondsToReady }) => secondsToReady)));
  }

  async #close(): Promise<void> {
    const closing = this.#engines.map((engine) => engine.close());
    this.#states.emit('change');
    await Promise.all(closing);
  }
}

function prefixScopeOf({ tenant }: TextRequest): string {
  return tenant?.prefixScope ?? '';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ForetokenError ? error.code : undefined;
}

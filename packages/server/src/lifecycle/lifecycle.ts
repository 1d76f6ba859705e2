import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { TextEngine } from '../engine/text-engine.js';
import { type ApiError, unavailable } from '../http/api-error.js';
import { modelLoading } from './late-text-engine.js';

/** Milliseconds that aborted requests get to tell their clients. */
const FAREWELL = 2_000;

/** From the start to the end of a server: which requests may begin, and how those that run come to their end. */
export class Lifecycle {
  readonly #engine: TextEngine;
  readonly #running = new Map<ServerResponse, AbortController>();
  /** Aborted when the last request has ended of a server that takes no more. */
  readonly #idle = new AbortController();
  #phase: 'open' | 'failed' | 'draining' = 'open';

  constructor(engine: TextEngine) {
    this.#engine = engine;
  }

  /** Requests that have been admitted and whose responses are not over. */
  get running(): number {
    return this.#running.size;
  }

  /** There will be no model. */
  fail(): void {
    if (this.#phase === 'open') this.#phase = 'failed';
  }

  /**
   * Lets a request begin. The signal aborts when the client goes away, and with an `ApiError` as its reason when the
   * server won't wait for the request any longer.
   *
   * @throws {ApiError} 503 while the model is loading or the server is closing.
   */
  admit(response: ServerResponse): AbortSignal {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const controller = new AbortController();
    if (response.destroyed) {
      controller.abort();
      return controller.signal;
    }
    this.#running.set(response, controller);
    response.once('close', () => {
      this.#running.delete(response);
      controller.abort();
      if (this.#running.size === 0 && this.#phase === 'draining') this.#idle.abort();
    });
    return controller.signal;
  }

  /** Why requests can't begin now. */
  #refusal(): ApiError | undefined {
    if (this.#phase === 'draining') return serverClosing();
    if (this.#phase === 'failed') {
      return unavailable('The model could not be loaded. The log of the server says why.', 'model_failed', 60);
    }
    switch (this.#engine.state) {
      case 'starting':
        return modelLoading();
      case 'failed':
      case 'closed':
        return unavailable('The engine is not running and will not come back.', 'engine_unavailable', 60);
      case 'restarting':
      case 'ready':
        return undefined;
    }
  }

  /** Why the server is not well. One that closes is. */
  unhealthy(): ApiError | undefined {
    return this.#phase === 'draining' ? undefined : this.#refusal();
  }

  /** Why a balancer should send requests elsewhere. While an engine restarts, others may still answer. */
  unready(): ApiError | undefined {
    const refusal = this.#refusal();
    if (refusal !== undefined || this.#engine.state === 'ready') return refusal;
    return unavailable('The engine is being started again.', 'engine_restarting', 5);
  }

  /** Lets nobody in any more and waits for those that run, at most `deadline` milliseconds; then aborts them. */
  async drain(deadline: number): Promise<void> {
    this.#phase = 'draining';
    await this.#untilIdle(deadline);
    const reason = serverClosing();
    for (const controller of this.#running.values()) controller.abort(reason);
    await this.#untilIdle(FAREWELL);
  }

  async #untilIdle(limit: number): Promise<void> {
    if (this.#running.size > 0) await wait(limit, undefined, { signal: this.#idle.signal }).catch(() => {});
  }
}

function serverClosing(): ApiError {
  return unavailable('The server is shutting down.', 'server_closing', 5);
}

import { ForetokenError } from '@foretoken/core';
import type {
  EngineDescription,
  EngineSnapshot,
  EngineState,
  TextEngine,
  TextEvent,
  TextRequest,
} from '../engine/text-engine.js';
import type { RequestObserver, RequestObservers } from './request-observer.js';

/** Wraps an engine and observes its requests, transparently for the caller. */
export class ObservedTextEngine implements TextEngine {
  readonly #engine: TextEngine;
  readonly #observers: readonly RequestObservers[];

  constructor(engine: TextEngine, observers: readonly RequestObservers[]) {
    this.#engine = engine;
    this.#observers = observers;
  }

  get description(): EngineDescription {
    return this.#engine.description;
  }

  get state(): EngineState {
    return this.#engine.state;
  }

  submit(request: TextRequest, signal?: AbortSignal): AsyncIterable<TextEvent> {
    const watched = this.#observers.some(({ wantsViews }) => wantsViews) ? { ...request, rounds: true } : request;
    // Submitted here and not at the first read, as the engine itself does: what it throws at once comes at once.
    const observers = this.#observers.map((each) => each.observe(request));
    try {
      const events = this.#engine.submit(watched, signal);
      return follow({ events, observers, signal });
    } catch (error) {
      for (const observer of observers) observer.failed?.(codeOf(error));
      throw error;
    }
  }

  snapshot(): EngineSnapshot {
    return this.#engine.snapshot();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

async function* follow(options: {
  readonly events: AsyncIterable<TextEvent>;
  readonly observers: readonly RequestObserver[];
  readonly signal: AbortSignal | undefined;
}): AsyncGenerator<TextEvent> {
  const { events, observers, signal } = options;
  const tell = (what: (observer: RequestObserver) => void): void => {
    for (const observer of observers) what(observer);
  };
  let over = false;
  try {
    for await (const event of events) {
      switch (event.kind) {
        case 'started':
          tell((observer) => observer.started?.(event));
          break;
        case 'round':
          tell((observer) => observer.round?.(event));
          break;
        case 'finish':
          over = true;
          tell((observer) => observer.finished?.(event.reason, event.statistics, event.text));
          break;
      }
      yield event;
    }
  } catch (error) {
    if (!over) {
      over = true;
      tell((observer) => (signal?.aborted ? observer.left?.() : observer.failed?.(codeOf(error))));
    }
    throw error;
  } finally {
    if (!over) tell((observer) => observer.left?.());
  }
}

function codeOf(error: unknown): string {
  return error instanceof ForetokenError ? error.code : 'unexpected';
}

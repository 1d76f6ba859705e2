import type {
  EngineDescription,
  EngineSnapshot,
  EngineState,
  TextEngine,
  TextEvent,
  TextRequest,
} from '../engine/text-engine.js';
import { type ApiError, unavailable } from '../http/api-error.js';

/** Stands for an engine that is still being made, so that the server can listen while a model loads. */
export class LateTextEngine implements TextEngine {
  #engine: TextEngine | undefined;
  #without: Extract<EngineState, 'starting' | 'failed' | 'closed'> = 'starting';

  /** Everything goes to this engine from now on. */
  arrive(engine: TextEngine): void {
    this.#engine = engine;
  }

  /** There will be none. */
  fail(): void {
    this.#without = 'failed';
  }

  get description(): EngineDescription {
    return this.#present().description;
  }

  get state(): EngineState {
    return this.#engine?.state ?? this.#without;
  }

  submit(request: TextRequest, signal?: AbortSignal): AsyncIterable<TextEvent> {
    return this.#present().submit(request, signal);
  }

  snapshot(): EngineSnapshot {
    return this.#engine?.snapshot() ?? { engines: [] };
  }

  async close(): Promise<void> {
    this.#without = 'closed';
    await this.#engine?.close();
  }

  #present(): TextEngine {
    if (this.#engine !== undefined) return this.#engine;
    throw modelLoading();
  }
}

/** 503: what is asked for needs the model, which is still being loaded. */
export function modelLoading(): ApiError {
  return unavailable('The model is being loaded. Try again in a moment.', 'model_loading', 2);
}

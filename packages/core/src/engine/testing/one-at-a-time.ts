import {
  type DraftController,
  type Drafter,
  Engine,
  type EngineOptions,
  type GenerationEvent,
  type GenerationRequest,
} from '@foretoken/core';

export interface OneAtATimeOptions
  extends Pick<EngineOptions, 'model' | 'verifier' | 'drafterTimeout' | 'onDrafterError' | 'now'> {
  /** @default none */
  readonly drafters?: readonly Drafter[];
  /** Makes the controller of one generation. */
  readonly controller: () => DraftController;
}

/** Generations of an engine with one sequence, each on an engine of its own, which leaves nothing behind. */
export class OneAtATime {
  readonly #options: OneAtATimeOptions;

  constructor(options: OneAtATimeOptions) {
    this.#options = options;
  }

  generate(request: GenerationRequest): AsyncGenerator<GenerationEvent, void, undefined> {
    const { drafters = [], controller, ...options } = this.#options;
    const engine = new Engine({ ...options, sequences: 1 });
    const whole = { ...request, drafters, controller: controller() };
    engine.check(whole);
    return events(engine, whole);
  }
}

async function* events(
  engine: Engine,
  request: Parameters<Engine['submit']>[0],
): AsyncGenerator<GenerationEvent, void, undefined> {
  try {
    for await (const event of engine.submit(request)) if (event.kind !== 'started') yield event;
  } finally {
    await engine.close();
  }
}

import { Engine, withoutUndefined } from '@foretoken/core';
import {
  checkDepth,
  checkMinimumConfidence,
  loadSpeculativeModel,
  type SpeculativeModel,
} from '@foretoken/speculation';
import { ConstraintCompiler, type ConstraintSession, checkedAnswer } from '@foretoken/structured-output';
import type { ProgressListener } from '@foretoken/tensorflow/status';
import { matchOrReject } from '@foretoken/verifier';
import { abortedFinish } from './aborted-finish.js';
import type { EngineSettings } from './engine-settings.js';
import { generationParts } from './generation-parts.js';
import { leavable } from './leavable.js';
import { roundView } from './round-view.js';
import type {
  EngineDescription,
  EngineProcessSnapshot,
  EngineSnapshot,
  EngineState,
  TextEngine,
  TextEvent,
  TextRequest,
} from './text-engine.js';

/** What a local engine can be told beside its settings. */
export interface LocalTextEngineOptions {
  /** Told of downloads and builds while the model is loaded. @default nothing */
  readonly onProgress?: ProgressListener;
  /** Told of the first failure of each drafter in a request, which goes on without it. @default nothing */
  readonly onDrafterError?: (error: unknown, drafter: string) => void;
  /** Told when the model will run several times slower than this machine could run it. @default process.emitWarning */
  readonly onWarning?: (message: string) => void;
}

/** Tokens in the KV cache of all requests where the settings do not say: more would promise memory that few machines have. */
const DEFAULT_KV_TOKENS = 32_768;

/**
 * Loads a model and gives an engine that runs it in this process, whose event loop every forward blocks: a server takes
 * `createTextEngine`, which puts it into processes of its own.
 *
 * @throws {ForetokenError} `invalid-argument` for a bad setting, and what `loadModel` throws.
 */
export async function createLocalTextEngine(
  settings: EngineSettings,
  options: LocalTextEngineOptions = {},
): Promise<LocalTextEngine> {
  const { model, draft, controller, device, kvPrecision, allowDownload, sequences } = settings;
  const { executor, arithmetic, contextLength, cacheDirectory } = settings;
  const { onProgress, onWarning } = options;
  checkDepth(settings.depth);
  checkMinimumConfidence(settings.minimumConfidence);
  const speculative = await loadSpeculativeModel({
    ...{ model, draft, controller, device, kvPrecision, allowDownload, slots: slotsFor(sequences) },
    ...withoutUndefined({ executor, arithmetic, contextLength, cacheDirectory, onProgress, onWarning }),
  });
  try {
    return new LocalTextEngine(speculative, settings, options);
  } catch (error) {
    speculative.close();
    throw error;
  }
}

/** One more than sequences: a request that gives its place to one of another tenant keeps what was read of it. */
function slotsFor(sequences: number): number {
  return sequences > 1 ? sequences + 1 : 1;
}

/** Prompt tokens beside decoding ones, where hundreds are expected to take little longer than one; not measured on a GPU. */
const GPU_PREFILL_TOKENS = 256;

/** An engine in this process. `createLocalTextEngine` makes it. */
export class LocalTextEngine implements TextEngine {
  readonly description: EngineDescription;
  /** File of the native addon that runs the passes, `undefined` where TensorFlow does. */
  readonly addon: string | undefined;
  readonly #speculative: SpeculativeModel;
  readonly #engine: Engine;
  readonly #settings: EngineSettings;
  readonly #constraints: ConstraintCompiler;
  #closing: Promise<void> | undefined;

  constructor(speculative: SpeculativeModel, settings: EngineSettings, options: LocalTextEngineOptions) {
    const { loaded, draftModel } = speculative;
    const { model, tokenizer } = loaded;
    const { sequences, maxQueue } = settings;
    const kvTokens =
      settings.kvTokens ?? Math.max(model.contextLength, Math.min(sequences * model.contextLength, DEFAULT_KV_TOKENS));
    this.#speculative = speculative;
    this.#settings = settings;
    this.addon = loaded.addon;
    this.#engine = new Engine({
      model,
      verifier: matchOrReject(),
      sequences,
      slots: slotsFor(sequences),
      queue: maxQueue,
      kvTokens,
      ...(loaded.device === 'cuda' ? { prefillTokens: GPU_PREFILL_TOKENS } : {}),
      ...withoutUndefined({ onDrafterError: options.onDrafterError }),
    });
    const { vocabularySize } = model;
    this.#constraints = new ConstraintCompiler({ tokenizer, vocabularySize });
    this.description = {
      model: loaded.name,
      contextLength: Math.min(kvTokens, model.contextLength),
      vocabularySize,
      device: loaded.device,
      executor: loaded.executor,
      arithmetic: loaded.arithmetic,
      draft: settings.draft,
      controller: settings.controller,
      ...(draftModel === undefined ? {} : { draftModel }),
      sequences,
    };
  }

  get state(): EngineState {
    return this.#closing === undefined ? 'ready' : 'closed';
  }

  submit(request: TextRequest, signal?: AbortSignal): AsyncGenerator<TextEvent, void, undefined> {
    return leavable((either) => this.#run(request, either), signal);
  }

  snapshot(): EngineSnapshot {
    return { engines: [this.processSnapshot()] };
  }

  /** The only engine of `snapshot`. */
  processSnapshot(): EngineProcessSnapshot {
    return {
      index: 0,
      state: this.state,
      processId: process.pid,
      restarts: 0,
      residentBytes: process.memoryUsage.rss(),
      statistics: this.#engine.statistics(),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async *#run(request: TextRequest, signal: AbortSignal): AsyncGenerator<TextEvent, void, undefined> {
    let session: ConstraintSession | undefined;
    try {
      const { constraint, tenant } = request;
      const asker = { tenant: tenant?.name ?? '', scope: tenant?.prefixScope ?? '', signal };
      session = constraint && (await this.#constraints.start(constraint, asker));
    } catch (error) {
      if (!signal.aborted) throw error;
      yield abortedFinish(request);
      return;
    }
    try {
      const { tokenizer } = this.#speculative.loaded;
      const parts = generationParts(request, session, this.#speculative, this.#settings);
      const events = this.#engine.submit({ ...parts, signal });
      for await (const event of checkedAnswer(events, session?.check)) {
        if (event.kind === 'round') {
          const { round, ...brought } = event;
          yield request.rounds ? { ...brought, view: roundView(round, tokenizer) } : brought;
        } else yield event;
      }
    } finally {
      session?.close();
    }
  }

  async #close(): Promise<void> {
    await this.#engine.close();
    await this.#constraints.close();
    this.#speculative.close();
  }
}

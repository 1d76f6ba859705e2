import {
  addStatistics,
  EngineClosedError,
  type EngineStatistics,
  type ForetokenError,
  NO_TOTALS,
} from '@foretoken/core';
import { EngineLife } from './engine-life.js';
import type { EngineSettings } from './engine-settings.js';
import { describeEnd, type EngineEnd, EngineStartError, EngineUnavailableError } from './errors.js';
import type { EngineLog, LaunchEngine } from './launch-engine.js';
import { restartDelay } from './restart-delay.js';
import type { EngineDescription, EngineProcessSnapshot, EngineState, TextEvent, TextRequest } from './text-engine.js';

export interface EngineProcessOptions {
  /** Among several, from 0. */
  readonly index: number;
  readonly settings: EngineSettings;
  readonly launch: LaunchEngine;
  /** Told when the engine ends or comes back. @default nothing */
  readonly onLog?: EngineLog;
  /** Called with every change of `state`. @default nothing */
  readonly onState?: (state: EngineState) => void;
  /** Milliseconds that loading may take without progress. @default 600000 */
  readonly loadLimit?: number;
}

/** Ten minutes: compiling the operators of a first start says nothing for a minute, a large model is read for longer. */
const LOAD_LIMIT = 600_000;
/** Starts without a reason why they failed, before it is clear that none will succeed. */
const MOST_STARTS = 3;
/** Seconds that loading is taken to last before one was seen. */
const GUESSED_LOADING = 5;

/** An engine in a process of its own that is started again whenever it ends. */
export class EngineProcess {
  readonly #options: EngineProcessOptions;
  readonly #started: Promise<EngineDescription>;
  #resolveStarted: (description: EngineDescription) => void = () => {};
  #rejectStarted: (error: ForetokenError) => void = () => {};
  #state: EngineState = 'starting';
  #life: EngineLife | undefined;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #restarts = 0;
  /** Starts in a row that brought nothing. */
  #failures = 0;
  #everReady = false;
  #startedAt = 0;
  #nextStartAt = 0;
  #loadingSeconds = GUESSED_LOADING;
  /** Counters of the processes that are gone. */
  #past = NO_TOTALS;
  #capacity = 0;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    this.#started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    this.#started.catch(() => {});
    this.#start();
  }

  get state(): EngineState {
    return this.#state;
  }

  /** What runs, once it has been ready for the first time. Rejects when it never will: with its own reason, if it gave one. */
  started(): Promise<EngineDescription> {
    return this.#started;
  }

  /** Requests that it has and that have not ended. */
  get load(): number {
    return this.#life?.load ?? 0;
  }

  /** Seconds until it is likely to be ready. At least 1. */
  get secondsToReady(): number {
    const rest = this.#loadingSeconds + (this.#nextStartAt - performance.now()) / 1000;
    return Math.max(1, Math.ceil(rest));
  }

  /** Runs a request in the process of now. Throws `EngineUnavailableError` while there is none that is ready. */
  submit(request: TextRequest, signal: AbortSignal): AsyncIterable<TextEvent> {
    if (this.#state === 'closed') throw new EngineClosedError();
    if (this.#life === undefined || !this.#life.ready) throw new EngineUnavailableError(this.secondsToReady);
    return this.#life.submit(request, signal);
  }

  snapshot(): EngineProcessSnapshot {
    const report = this.#life?.report;
    return {
      index: this.#options.index,
      state: this.#state,
      processId: this.#life?.processId,
      restarts: this.#restarts,
      residentBytes: report?.residentBytes ?? 0,
      statistics: this.#statistics(report?.statistics),
    };
  }

  async close(): Promise<void> {
    this.#rejectStarted(new EngineClosedError());
    this.#enter('closed');
    clearTimeout(this.#restartTimer);
    await this.#life?.close();
  }

  #start(): void {
    const { launch, settings, loadLimit = LOAD_LIMIT } = this.#options;
    this.#startedAt = performance.now();
    this.#nextStartAt = this.#startedAt;
    this.#life = new EngineLife({
      launch,
      settings,
      loadLimit,
      listener: {
        onReady: (description) => this.#onReady(description),
        onWork: () => {
          this.#failures = 0;
        },
        onEnd: (end, error) => this.#onEnd(end, error),
      },
    });
  }

  #onReady(description: EngineDescription): void {
    this.#loadingSeconds = (performance.now() - this.#startedAt) / 1000;
    this.#capacity = this.#life?.report?.statistics.kvCapacity ?? 0;
    this.#everReady = true;
    if (this.#state === 'closed') return;
    this.#enter('ready');
    this.#resolveStarted(description);
  }

  #onEnd(end: EngineEnd, error: ForetokenError | undefined): void {
    this.#remember();
    this.#life = undefined;
    if (this.#state === 'closed') return;
    const starts = this.#failures + 1;
    const hopeless = !this.#everReady && (error !== undefined || end.kind === 'stranger' || starts >= MOST_STARTS);
    if (hopeless) {
      this.#fail(error ?? new EngineStartError(end, starts));
      return;
    }
    const delay = restartDelay(this.#failures++);
    const reason = error === undefined ? describeEnd(end) : `could not be started: ${error.message}`;
    this.#log(`The engine ${reason}. It is started again in ${delay} ms.`);
    this.#restarts++;
    this.#nextStartAt = performance.now() + delay;
    this.#restartTimer = setTimeout(() => this.#start(), delay);
    this.#enter(this.#everReady ? 'restarting' : 'starting');
  }

  #fail(error: ForetokenError): void {
    this.#log(error.message);
    this.#enter('failed');
    this.#rejectStarted(error);
  }

  #enter(state: EngineState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }

  #log(text: string): void {
    this.#options.onLog?.({ stream: 'stderr', text });
  }

  /** Adds up what the process that has just ended had counted; what it had not ended has failed with it. */
  #remember(): void {
    const report = this.#life?.report;
    if (report === undefined) return;
    const { running, waiting, totals } = report.statistics;
    this.#past = addStatistics(addStatistics(this.#past, totals), { failed: running + waiting });
  }

  #statistics(reported: EngineStatistics | undefined): EngineStatistics {
    const past = this.#past;
    if (reported === undefined) {
      return { running: 0, waiting: 0, kvTokens: 0, kvCapacity: this.#capacity, totals: past };
    }
    return { ...reported, totals: addStatistics(past, reported.totals) };
  }
}

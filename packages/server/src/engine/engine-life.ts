import { EngineClosedError, EventStream, type ForetokenError } from '@foretoken/core';
import type { EngineSettings } from './engine-settings.js';
import { reviveError } from './error-data.js';
import { EngineDiedError, type EngineEnd } from './errors.js';
import type { LaunchEngine, LaunchedEngine } from './launch-engine.js';
import { CREDIT, type EngineReport, type FromEngine, isFromEngine, MESSAGES_VERSION } from './process-messages.js';
import type { EngineDescription, TextEvent, TextRequest } from './text-engine.js';
import { Watchdog } from './watchdog.js';

export interface LifeListener {
  onReady(description: EngineDescription): void;
  /** A request brought something: the engine works. */
  onWork(): void;
  /** Called once. `error`: why it could not start, if it said so. */
  onEnd(end: EngineEnd, error: ForetokenError | undefined): void;
}

export interface EngineLifeOptions {
  readonly launch: LaunchEngine;
  readonly settings: EngineSettings;
  /** Milliseconds that loading may take without progress. */
  readonly loadLimit: number;
  readonly listener: LifeListener;
}

/** Milliseconds that a process gets to end by itself. */
const FAREWELL = 5_000;

/** Reading is told in portions: a message for each event would cost as much as the event. */
const PORTION = CREDIT / 4;

/** One process of an engine, from its start to its end. */
export class EngineLife {
  readonly #settings: EngineSettings;
  readonly #loadLimit: number;
  readonly #listener: LifeListener;
  readonly #child: LaunchedEngine;
  readonly #running = new Map<number, { readonly stream: EventStream<TextEvent>; readonly release: () => void }>();
  readonly #gone: Promise<void>;
  #goneNow: () => void = () => {};
  #requests = 0;
  #state: 'loading' | 'ready' | 'ended' = 'loading';
  #report: EngineReport | undefined;
  #watchdog: Watchdog | undefined;
  #loadTimer: ReturnType<typeof setTimeout> | undefined;
  /** Why it is being killed, where that is known better than by its exit. */
  #verdict: EngineEnd | undefined;
  #error: ForetokenError | undefined;

  constructor({ launch, settings, loadLimit, listener }: EngineLifeOptions) {
    this.#settings = settings;
    this.#loadLimit = loadLimit;
    this.#listener = listener;
    this.#gone = new Promise((resolve) => {
      this.#goneNow = resolve;
    });
    this.#child = launch({
      onMessage: (message) => this.#receive(message),
      onHeartbeat: () => this.#watchdog?.heard(),
      onEnd: (end) => this.#end(end),
    });
    this.#child.send({ kind: 'start', version: MESSAGES_VERSION, settings });
    this.#expectProgress();
  }

  get processId(): number | undefined {
    return this.#child.processId;
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** What it last said about itself, `undefined` before it was ready. */
  get report(): EngineReport | undefined {
    return this.#report;
  }

  /** Requests that were given to it and whose end has not come. */
  get load(): number {
    return this.#running.size;
  }

  /** Runs a request. Its last event is `finish`, also after an abort. Only while it is `ready`. */
  submit(text: TextRequest, signal: AbortSignal): AsyncIterable<TextEvent> {
    const request = this.#requests++;
    const abort = (): void => this.#child.send({ kind: 'abort', request });
    let events = 0;
    const stream = new EventStream<TextEvent>({
      onRead: () => {
        events++;
        if (events < PORTION || !this.#running.has(request)) return;
        this.#child.send({ kind: 'read', request, events });
        events = 0;
      },
      onLeave: () => {
        if (this.#take(request) !== undefined) abort();
      },
    });
    this.#running.set(request, { stream, release: () => signal.removeEventListener('abort', abort) });
    this.#child.send({ kind: 'submit', request, text });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return stream;
  }

  /** Ends the process; resolves when it is gone. What runs ends with `EngineClosedError`. */
  async close(): Promise<void> {
    this.#failAll(() => new EngineClosedError());
    this.#child.send({ kind: 'close' });
    // A process that loads a model answers only when that is done.
    const timer = setTimeout(() => this.#child.kill(), this.#state === 'loading' ? 0 : FAREWELL);
    await this.#gone;
    clearTimeout(timer);
  }

  #receive(message: unknown): void {
    if (this.#state === 'ended') return;
    if (!isFromEngine(message)) {
      this.#kill({ kind: 'stranger' });
      return;
    }
    this.#watchdog?.heard();
    switch (message.kind) {
      case 'loading':
        this.#expectProgress();
        break;
      case 'ready':
        this.#becomeReady(message);
        break;
      case 'failed':
        this.#error = reviveError(message.error);
        break;
      case 'alive':
        this.#report = message.report;
        break;
      case 'event':
        this.#deliver(message);
        break;
      case 'error':
        this.#take(message.request)?.fail(reviveError(message.error));
        break;
    }
  }

  #becomeReady({ description, report }: Extract<FromEngine, { kind: 'ready' }>): void {
    clearTimeout(this.#loadTimer);
    this.#state = 'ready';
    this.#report = report;
    const { watchdog } = this.#settings;
    this.#watchdog = new Watchdog({
      silence: watchdog,
      onSilence: () => this.#kill({ kind: 'silent', milliseconds: watchdog }),
    });
    this.#listener.onReady(description);
  }

  #deliver({ request, event }: Extract<FromEngine, { kind: 'event' }>): void {
    const stream = event.kind === 'finish' ? this.#take(request) : this.#running.get(request)?.stream;
    stream?.push(event);
    if (event.kind === 'finish') stream?.end();
    if (event.kind !== 'started') this.#listener.onWork();
  }

  #expectProgress(): void {
    clearTimeout(this.#loadTimer);
    const milliseconds = this.#loadLimit;
    this.#loadTimer = setTimeout(() => this.#kill({ kind: 'slow-start', milliseconds }), milliseconds);
  }

  #kill(verdict: EngineEnd): void {
    this.#verdict ??= verdict;
    this.#child.kill();
  }

  #end(exit: EngineEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearTimeout(this.#loadTimer);
    this.#watchdog?.stop();
    const end = this.#verdict ?? exit;
    this.#failAll(() => new EngineDiedError(end));
    this.#listener.onEnd(end, this.#error);
    this.#goneNow();
  }

  #failAll(reason: () => ForetokenError): void {
    for (const request of [...this.#running.keys()]) this.#take(request)?.fail(reason());
  }

  /** The stream of a request of which nothing more will come. */
  #take(request: number): EventStream<TextEvent> | undefined {
    const running = this.#running.get(request);
    this.#running.delete(request);
    running?.release();
    return running?.stream;
  }
}

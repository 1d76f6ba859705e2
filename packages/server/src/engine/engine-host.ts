import type { ProgressEvent } from '@foretoken/tensorflow/status';
import type { EngineSettings } from './engine-settings.js';
import { errorToData } from './error-data.js';
import type { LocalTextEngine, LocalTextEngineOptions } from './local-text-engine.js';
import {
  CREDIT,
  type EngineReport,
  type FromEngine,
  isStart,
  MESSAGES_VERSION,
  type ToEngine,
} from './process-messages.js';
import { ReadingCredit } from './reading-credit.js';
import type { TextRequest } from './text-engine.js';

export type HostedEngine = Pick<LocalTextEngine, 'description' | 'addon' | 'submit' | 'processSnapshot' | 'close'>;

/** What a host needs of the process that it lives in. */
export interface EngineHostParts {
  readonly load: (settings: EngineSettings, options: LocalTextEngineOptions) => Promise<HostedEngine>;
  /** Sends a message; `sent` is called when it is out. */
  readonly send: (message: FromEngine, sent?: () => void) => void;
  /** Begins to tell, also during forward passes of the given addon, that this process gets on. */
  readonly startHeartbeat: (addon: string | undefined) => void;
  /** Ends the process once what was sent is out. */
  readonly end: (code: number) => void;
}

/** Milliseconds between two messages with the counters: few enough that whoever watches sees them move. */
const REPORT_INTERVAL = 250;

/** Runs an engine for a parent process that speaks in messages. */
export class EngineHost {
  readonly #parts: EngineHostParts;
  readonly #running = new Map<number, { readonly controller: AbortController; readonly credit: ReadingCredit }>();
  #engine: HostedEngine | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #started = false;
  #closing = false;
  /** A report is on its way: a parent that does not read must not have them pile up here. */
  #reporting = false;

  constructor(parts: EngineHostParts) {
    this.#parts = parts;
  }

  receive(message: ToEngine): void {
    if (!this.#started) {
      this.#started = true;
      void this.#start(message);
      return;
    }
    switch (message.kind) {
      case 'submit':
        if (this.#engine !== undefined) void this.#run(this.#engine, message.request, message.text);
        break;
      case 'read':
        this.#running.get(message.request)?.credit.add(message.events);
        break;
      case 'abort':
        this.#running.get(message.request)?.controller.abort();
        break;
      case 'close':
        void this.#close();
        break;
      case 'start':
        break;
    }
  }

  async #start(message: ToEngine): Promise<void> {
    if (!isStart(message)) {
      this.#parts.end(1);
      return;
    }
    const { load, send, startHeartbeat } = this.#parts;
    try {
      const engine = await load(message.settings, {
        onProgress: ({ step }: ProgressEvent) => send({ kind: 'loading', step }),
        onDrafterError: (error, drafter) => console.error(`Drafter ${drafter} failed:`, error),
        // The other process logs as a warning what comes on stderr.
        onWarning: (message) => console.error(message),
      });
      if (this.#closing) {
        await engine.close();
        this.#parts.end(0);
        return;
      }
      this.#engine = engine;
      const { description } = engine;
      startHeartbeat(engine.addon);
      send({ kind: 'ready', version: MESSAGES_VERSION, description, report: report(engine) });
      this.#timer = setInterval(() => this.#report(engine), REPORT_INTERVAL);
    } catch (error) {
      send({ kind: 'failed', error: errorToData(error) }, () => this.#parts.end(1));
    }
  }

  async #run(engine: HostedEngine, request: number, text: TextRequest): Promise<void> {
    const { send } = this.#parts;
    const controller = new AbortController();
    const credit = new ReadingCredit(CREDIT, controller.signal);
    this.#running.set(request, { controller, credit });
    try {
      for await (const event of engine.submit(text, controller.signal)) {
        if (event.kind === 'finish') this.#sendReport(engine);
        else await credit.take();
        send({ kind: 'event', request, event });
      }
    } catch (error) {
      if (lostDevice(error)) {
        // Only another process has the GPU again: the parent starts one, and gives it the requests without a token.
        console.error(error);
        this.#parts.end(1);
        return;
      }
      this.#sendReport(engine);
      send({ kind: 'error', request, error: errorToData(error) });
    } finally {
      this.#running.delete(request);
    }
  }

  async #close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearInterval(this.#timer);
    if (this.#engine === undefined) return;
    await this.#engine.close();
    this.#parts.end(0);
  }

  /** The counters come before the end of a request, so that whoever has seen the end finds it counted. */
  #sendReport(engine: HostedEngine): void {
    this.#parts.send({ kind: 'alive', report: report(engine) });
  }

  #report(engine: HostedEngine): void {
    if (this.#reporting) return;
    this.#reporting = true;
    this.#parts.send({ kind: 'alive', report: report(engine) }, () => {
      this.#reporting = false;
    });
  }
}

function report(engine: HostedEngine): EngineReport {
  const { statistics, residentBytes } = engine.processSnapshot();
  return { statistics, residentBytes };
}

/** Whether a GPU failed in a forward. */
function lostDevice(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'gpu-lost';
}

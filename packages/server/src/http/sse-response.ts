import type { ServerResponse } from 'node:http';

/** Milliseconds of silence after which a comment is sent, so that proxies and clients don't give up. */
export const KEEP_ALIVE_INTERVAL = 15_000;

/** What server-sent events are sent with. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would hold events back until its buffer is full.
  'x-accel-buffering': 'no',
};

export interface SseResponseOptions {
  /** Milliseconds of silence between comments. @default KEEP_ALIVE_INTERVAL */
  readonly keepAlive?: number;
  /** Milliseconds that a reader may leave everything unread before its connection is cut. */
  readonly stallLimit: number;
  /** Whether events have a `type`, which is sent as the event's name; such a stream has no `[DONE]`. @default false */
  readonly typed?: boolean;
}

/**
 * Server-sent events on one response. Headers go out with the first event, or with the first comment: until then an
 * error can still be an answer of its own. Every event is JSON on one line, so no text can break the framing.
 */
export class SseResponse {
  readonly #response: ServerResponse;
  readonly #stallLimit: number;
  readonly #typed: boolean;
  readonly #keepAlive: NodeJS.Timeout;

  constructor(response: ServerResponse, options: SseResponseOptions) {
    this.#response = response;
    this.#stallLimit = options.stallLimit;
    this.#typed = options.typed === true;
    this.#keepAlive = setInterval(() => {
      // A reader with unread data needs no sign of life.
      if (response.writableLength === 0) this.#write(': keep-alive\n\n');
    }, options.keepAlive ?? KEEP_ALIVE_INTERVAL);
    response.once('close', () => clearInterval(this.#keepAlive));
  }

  /** Whether the status line has gone out. */
  get started(): boolean {
    return this.#response.headersSent;
  }

  /** Sends an event; resolves when the reader has room for more. Does nothing once the connection is closed. */
  async send(event: object): Promise<void> {
    const name = this.#typed && 'type' in event ? `event: ${String(event.type)}\n` : '';
    await this.#sendData(JSON.stringify(event), name);
  }

  /** Ends the stream as OpenAI's API does. */
  async done(): Promise<void> {
    if (!this.#typed) await this.#sendData('[DONE]');
    this.#end();
  }

  /** Tells of an error in the middle of the stream and ends it. */
  async fail(event: object): Promise<void> {
    await this.send(event);
    this.#end();
  }

  async #sendData(data: string, name = ''): Promise<void> {
    if (this.#response.destroyed) return;
    this.#keepAlive.refresh();
    if (!this.#write(`${name}data: ${data}\n\n`)) await this.#drained();
  }

  #write(text: string): boolean {
    if (this.#response.destroyed || this.#response.writableEnded) return true;
    if (!this.#response.headersSent) this.#response.writeHead(200, EVENT_STREAM_HEADERS);
    return this.#response.write(text);
  }

  #drained(): Promise<void> {
    const response = this.#response;
    if (response.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(stalled);
        response.off('drain', finish).off('close', finish);
        resolve();
      };
      const stalled = setTimeout(() => response.destroy(), this.#stallLimit);
      response.once('drain', finish).once('close', finish);
    });
  }

  #end(): void {
    clearInterval(this.#keepAlive);
    this.#response.end();
  }
}

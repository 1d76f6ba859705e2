import type { Response } from 'express';
import { EVENT_STREAM_HEADERS } from '../http/sse-response.js';
import type { FeedEvent } from './feed.js';

/** Bytes that may wait for a slow reader. Beyond them it misses samples, which the next one makes up for. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** The feed of somebody who looks at the page. */
export class FeedResponse {
  readonly #response: Response;

  constructor(response: Response) {
    this.#response = response;
    response.writeHead(200, EVENT_STREAM_HEADERS).flushHeaders();
  }

  send(event: FeedEvent): void {
    if (this.#response.writableLength > MOST_UNREAD_BYTES) return;
    this.#response.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  end(): void {
    this.#response.end();
  }
}

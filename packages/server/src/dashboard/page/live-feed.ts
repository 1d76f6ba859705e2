import type { FeedEvent } from '../feed.js';
import type { ApiKey } from './api-key.js';
import type { Connection } from './connection.js';
import { readEvents } from './event-stream.js';

/** Milliseconds without a sample, of which one comes each second, after which a connection counts as lost. */
const SILENCE = 6000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15_000;

interface FeedParts {
  readonly key: ApiKey;
  readonly onEvent: (event: FeedEvent) => void;
  readonly onConnection: (connection: Connection) => void;
}

/** Follows the server's feed, through its restarts too. An EventSource could not send a key. */
export class LiveFeed {
  readonly #parts: FeedParts;
  #attempt = new AbortController();
  #pause = FIRST_PAUSE;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** Connects, dropping the connection there was. */
  connect(): void {
    this.#attempt.abort();
    const attempt = new AbortController();
    this.#attempt = attempt;
    void this.#follow(attempt);
  }

  async #follow(attempt: AbortController): Promise<void> {
    const { key, onEvent, onConnection } = this.#parts;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort('silence'), SILENCE);
    };
    try {
      heard();
      const response = await fetch('/dashboard/events', { headers: key.headers, signal: attempt.signal });
      if (response.status === 401 || response.status === 403) {
        clearTimeout(silence);
        onConnection('key-needed');
        key.ask();
        return;
      }
      if (!response.ok || response.body === null) throw new Error(`The server answered ${response.status}.`);
      for await (const data of readEvents(response.body)) {
        heard();
        this.#pause = FIRST_PAUSE;
        onConnection('live');
        onEvent(JSON.parse(data));
      }
    } catch {
      // Whatever the cause, what follows is the same: wait and try again.
    }
    clearTimeout(silence);
    if (this.#attempt !== attempt) return;
    onConnection('unreachable');
    setTimeout(() => {
      if (this.#attempt === attempt) this.connect();
    }, this.#pause);
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
  }
}

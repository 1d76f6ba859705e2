import { find } from './dom.js';
import type { Connection } from './live-feed.js';

/** Says when what is shown is not of now. */
export class ConnectionBanner {
  readonly #banner = find('connection-banner', HTMLElement);
  #kind: Connection['kind'] | undefined;
  #countdown: ReturnType<typeof setInterval> | undefined;

  show(connection: Connection): void {
    if (connection.kind === 'live' && this.#kind === 'live') return;
    // While it tries again the page still shows what it lost.
    if (connection.kind === 'connecting' && this.#kind !== undefined) return;
    this.#kind = connection.kind;
    clearInterval(this.#countdown);
    document.documentElement.dataset.connection = connection.kind;
    this.#banner.hidden = connection.kind === 'live' || connection.kind === 'connecting';
    if (connection.kind === 'key-needed') {
      this.#banner.textContent = 'This server asks for an API key: press “Key” above to give it.';
    } else if (connection.kind === 'unreachable') {
      this.#banner.textContent = 'The server can’t be reached. What you see is the last that was known; trying again…';
    }
  }
}

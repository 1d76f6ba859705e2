import { find, setText } from './dom.js';

/** How the page stands with the server. */
export type Connection = 'live' | 'key-needed' | 'unreachable';

const BANNERS: Readonly<Record<Connection, string>> = {
  live: '',
  'key-needed': 'This server asks for an API key: press “Key” above to give it.',
  unreachable: 'The server can’t be reached. What you see is the last that was known; trying again…',
};

/** Says when what is shown is not of now. */
export function showConnection(connection: Connection): void {
  document.documentElement.dataset.connection = connection;
  find('connection-banner', HTMLElement).hidden = connection === 'live';
  setText('connection-banner', BANNERS[connection]);
}

import { ApiKey } from './api-key.js';
import { showConnection } from './connection.js';
import { LiveFeed } from './live-feed.js';
import { Overview } from './overview.js';
import { Playground } from './playground.js';
import { themeButton } from './theme.js';

themeButton();
const overview = new Overview();
const key = new ApiKey(() => feed.connect());
const playground = new Playground(key);
const feed = new LiveFeed({
  key,
  onEvent: (event) => {
    overview.take(event);
    const status = event.kind === 'history' ? event.history.status : event.sample.status;
    if (status?.description !== undefined) playground.offerDraft(status.description.draft);
  },
  onConnection: showConnection,
});
feed.connect();

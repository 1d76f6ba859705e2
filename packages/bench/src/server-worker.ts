import { withoutUndefined } from '@foretoken/core';
import { createServer, createTextEngine } from '@foretoken/server';
import { completeConfiguration } from '@foretoken/server/configuration';
import type { ServeMode } from './serve/serve-record.js';
import type { ServerWork } from './serve/server-process.js';
import { serveRequests } from './workers/serve-requests.js';

/** One server of `bench:serve`: as `foretoken serve` starts it, apart from how it guesses. */

const SPECULATION = {
  off: { draft: 'none' },
  on: { draft: 'auto', controller: 'fixed' },
  adaptive: { draft: 'auto', controller: 'auto' },
} as const satisfies Record<ServeMode, object>;

let running: { readonly close: () => Promise<void> } | undefined;

serveRequests<ServerWork>({
  start: async ({ mode, model, executor, sequences }) => {
    const configuration = completeConfiguration({
      port: 0,
      logging: { level: 'warn' },
      ...withoutUndefined({ model }),
      // All that come at a time may wait: what is measured is answers, not refusals.
      engine: { ...SPECULATION[mode], ...withoutUndefined({ executor, sequences }), maxQueue: 256 },
    });
    const engine = await createTextEngine({ ...configuration.engine, model: configuration.model });
    const server = await createServer(configuration, { engine });
    running = server;
    await server.ready;
    const { model: name, device, executor: used, sequences: most } = engine.description;
    const processId = engine.snapshot().engines[0]?.processId;
    return { mode, url: server.url, model: name, device, executor: used, sequences: most, processId };
  },
  stop: async () => running?.close(),
});

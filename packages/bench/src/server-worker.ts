import { createServer, createTextEngine, type TextEngine } from '@foretoken/server';
import { completeConfiguration } from '@foretoken/server/configuration';
import type { ServeMode } from './serve/serve-record.js';
import type { ServerReply, ServerRequest, ServerSettings } from './serve/server-messages.js';
import { serveRequests } from './workers/serve-requests.js';

/** One server of `bench:serve`: as `foretoken serve` starts it, apart from how it guesses. */

const SPECULATION = {
  off: { draft: 'none' },
  on: { draft: 'auto', controller: 'fixed' },
  adaptive: { draft: 'auto', controller: 'auto' },
} as const satisfies Record<ServeMode, object>;

let running: { readonly close: () => Promise<void> } | undefined;

serveRequests<ServerRequest, Exclude<ServerReply, { kind: 'failed' }>>(async (request) => {
  if (request.kind === 'start') return start(request);
  await running?.close();
  return { kind: 'stopped' };
});

async function start({
  mode,
  model,
  executor,
  sequences,
}: ServerSettings): Promise<Extract<ServerReply, { kind: 'started' }>> {
  const configuration = completeConfiguration({
    port: 0,
    logging: { level: 'warn' },
    ...(model === undefined ? {} : { model }),
    engine: {
      ...SPECULATION[mode],
      ...(executor === undefined ? {} : { executor }),
      ...(sequences === undefined ? {} : { sequences }),
      // All that come at a time may wait: what is measured is answers, not refusals.
      maxQueue: 256,
    },
  });
  const engine: TextEngine = await createTextEngine({ ...configuration.engine, model: configuration.model });
  const server = await createServer(configuration, { engine });
  running = server;
  await server.ready;
  const { description } = engine;
  return {
    kind: 'started',
    url: server.url,
    model: description.model,
    device: description.device,
    executor: description.executor,
    sequences: description.sequences,
    processId: engine.snapshot().engines[0]?.processId,
  };
}

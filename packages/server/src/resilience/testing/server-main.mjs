/** The process of a server under test: the build, as users run it, that also tells what it holds. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createServer, createTextEngine } from '@foretoken/server';
import { completeConfiguration } from '@foretoken/server/configuration';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const configuration = completeConfiguration({ port: 0, logging: { level: 'fatal' }, ...JSON.parse(process.argv[2]) });
const engine = await createTextEngine({ ...configuration.engine, model: configuration.model });
const server = await createServer(configuration, { engine });
await server.ready;

process.on('message', () => {
  collect();
  process.send({ kind: 'looked', snapshot: engine.snapshot(), residentBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit(1));
process.once('SIGTERM', async () => {
  await server.close();
  process.exit(0);
});
process.send({ kind: 'listening', url: server.url });

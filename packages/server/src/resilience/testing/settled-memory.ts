import { setTimeout as wait } from 'node:timers/promises';
import type { ServerProcess } from './server-process.js';

/** Resident bytes of a server and of its engine. */
export interface ResidentMemory {
  readonly server: number;
  readonly engine: number;
}

const SAMPLES = 8;
/** Milliseconds between samples: longer than the engine's reports are apart. */
const PAUSE = 300;

/**
 * Memory of an idle server: the least of several samples, because what a collection has not come to yet is no leak. The
 * server collects before each sample; its engine does so when it finds time.
 */
export async function settledMemory(server: ServerProcess): Promise<ResidentMemory> {
  let least: ResidentMemory = { server: Number.POSITIVE_INFINITY, engine: Number.POSITIVE_INFINITY };
  for (let sample = 0; sample < SAMPLES; sample++) {
    const { residentBytes, snapshot } = await server.look();
    least = {
      server: Math.min(least.server, residentBytes),
      engine: Math.min(least.engine, snapshot.engines[0]?.residentBytes ?? Number.POSITIVE_INFINITY),
    };
    await wait(PAUSE);
  }
  return least;
}

import type { ExecutorKind } from '@foretoken/backend';
import type { ModelOptions } from '../results/record.js';
import { WorkerProcess } from '../workers/worker-process.js';
import type { ServeMode } from './serve-record.js';

/** What one server of the benchmark is set to; what is left out is as the server does it by default. */
export interface ServerSettings {
  readonly mode: ServeMode;
  /** Reference of the model. */
  readonly model?: string;
  /** How forwards run. */
  readonly executor?: ExecutorKind;
  /** Requests that the engine decodes at a time. */
  readonly sequences?: number;
}

/** A server that runs in a process of its own, with its engine in another. */
export interface RunningServer extends ModelOptions {
  readonly mode: ServeMode;
  readonly url: string;
  readonly sequences: number;
  /** Of the engine. */
  readonly processId: number | undefined;
}

/** What the process of a server does. */
export interface ServerWork {
  readonly start: (settings: ServerSettings) => Promise<RunningServer>;
  readonly stop: (nothing: undefined) => Promise<void>;
}

/**
 * Starts a server for each mode, one after the other, does something with them and ends them, whatever happens.
 * `workerScript`: path of the built process. Rejects with the reason when one does not start.
 */
export async function withServers<Result>(
  modes: readonly ServeMode[],
  { workerScript, ...settings }: { readonly workerScript: string } & Omit<ServerSettings, 'mode'>,
  use: (servers: readonly RunningServer[]) => Promise<Result>,
): Promise<Result> {
  const processes: WorkerProcess<ServerWork>[] = [];
  try {
    const servers: RunningServer[] = [];
    for (const mode of modes) {
      const process = new WorkerProcess<ServerWork>(workerScript);
      processes.push(process);
      servers.push(await process.ask('start', { mode, ...settings }));
    }
    return await use(servers);
  } finally {
    for (const process of processes) {
      // One that has died can't be asked; its exit is what is wanted.
      await process.ask('stop', undefined).catch(() => {});
      await process.close();
    }
  }
}

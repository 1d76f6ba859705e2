import { WorkerProcess } from '../workers/worker-process.js';
import type { ServeMode } from './serve-record.js';
import type { ServerReply, ServerRequest, ServerSettings } from './server-messages.js';

/** A server that runs in a process of its own, with its engine in another. */
export interface RunningServer extends Extract<ServerReply, { readonly kind: 'started' }> {
  readonly mode: ServeMode;
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
  const processes: WorkerProcess<ServerRequest, ServerReply>[] = [];
  try {
    const servers: RunningServer[] = [];
    for (const mode of modes) {
      const process = new WorkerProcess<ServerRequest, ServerReply>(workerScript);
      processes.push(process);
      const reply = await process.ask({ kind: 'start', mode, ...settings });
      if (reply.kind !== 'started') throw new Error(`The server said ${reply.kind} when it was to start.`);
      servers.push({ ...reply, mode });
    }
    return await use(servers);
  } finally {
    for (const process of processes) {
      // One that has died can't be asked; its exit is what is wanted.
      await process.ask({ kind: 'stop' }).catch(() => {});
      await process.close();
    }
  }
}

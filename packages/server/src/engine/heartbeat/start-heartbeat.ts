import { Worker } from 'node:worker_threads';
import { builtFile } from '../../built-file.js';

/** What the thread is given. */
export interface HeartbeatData {
  /** Counts turns of the process's event loop. Shape [1], shared. */
  readonly turns: Int32Array;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly fileDescriptor: number;
  readonly addon: string | undefined;
}

/** Milliseconds between two looks at whether this process gets on. */
const INTERVAL = 250;

/** The thread does next to nothing. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

/**
 * Writes a byte to a file descriptor four times a second as long as this process gets on: its event loop turns, or its
 * forward pass, which holds the event loop up, moves from one instruction to the next. A thread of its own does so. A
 * process that hangs or is stopped writes nothing.
 */
export function startHeartbeat(options: {
  /** A pipe to whoever watches. Belongs to the heartbeat from now on. */
  readonly fileDescriptor: number;
  /** File of the native addon whose passes are watched. @default only the event loop is */
  readonly addon?: string;
}): { stop(): Promise<void> } {
  const { fileDescriptor, addon } = options;
  const turns = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const timer = setInterval(() => void Atomics.add(turns, 0, 1), INTERVAL / 2);
  const workerData: HeartbeatData = { turns, interval: INTERVAL, fileDescriptor, addon };
  const thread = new Worker(builtFile('heartbeat-thread.js'), {
    workerData,
    execArgv: [],
    resourceLimits: RESOURCE_LIMITS,
  });
  // Without it the process has only the signs of life of its event loop, which is no reason to end.
  thread.on('error', (error) => console.error('The heartbeat has stopped:', error));
  thread.unref();
  return {
    async stop() {
      clearInterval(timer);
      await thread.terminate();
    },
  };
}

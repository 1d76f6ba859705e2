import { availableParallelism } from 'node:os';
import { EngineClosedError, InvalidArgumentError } from '@foretoken/core';
import { inspectTensorFlow } from '@foretoken/tensorflow';
import { engineEnvironment } from './engine-environment.js';
import { EnginePool } from './engine-pool.js';
import { EngineProcess } from './engine-process.js';
import type { EngineSettings } from './engine-settings.js';
import { type EngineLog, engineLauncher } from './launch-engine.js';
import type { TextEngine } from './text-engine.js';

/** What the making of a text engine can be told beside its settings. */
export interface CreateTextEngineOptions {
  /** Told what the engines' processes print, and when one ends or is started again. @default nothing */
  readonly onLog?: (line: {
    /** Of the engine, from 0. */
    readonly engine: number;
    readonly stream: 'stdout' | 'stderr';
    readonly text: string;
  }) => void;
  /** Gives up starting: then `EngineClosedError` is thrown. @default never */
  readonly signal?: AbortSignal;
}

/**
 * Starts `settings.engines` engines, each in a process of its own, and gives them as one, once all are ready. A process that
 * dies, or gives no sign of life for `settings.watchdog` milliseconds, is started again: streams that had a token end with
 * `engine-died`, the others are run again without anybody noticing.
 *
 * @throws {ForetokenError} what `createLocalTextEngine` throws; `engine-start-failed` when the process ends without a reason.
 */
export async function createTextEngine(
  settings: EngineSettings,
  options: CreateTextEngineOptions = {},
): Promise<TextEngine> {
  const { onLog, signal } = options;
  const { engines, watchdog } = settings;
  check('engines', engines, Number.isInteger(engines) && engines >= 1, 'a whole number above 0');
  check('watchdog', watchdog, watchdog >= LEAST_WATCHDOG, `at least ${LEAST_WATCHDOG} ms`);
  const gpus = await sharedGpus(settings);
  const pool = new EnginePool({
    engines,
    open: (index, onState) => {
      const log: EngineLog = (line) => onLog?.({ engine: index, ...line });
      const cores = availableParallelism();
      const environment = engineEnvironment({ base: process.env, index, engines, cores, gpus });
      const launch = engineLauncher({ environment, onLog: log });
      return new EngineProcess({ index, settings, launch, onState, onLog: log });
    },
  });
  const give = (): void => void pool.close();
  if (signal?.aborted) throw new EngineClosedError();
  signal?.addEventListener('abort', give, { once: true });
  try {
    await pool.start();
  } finally {
    signal?.removeEventListener('abort', give);
  }
  return pool;
}

/** Milliseconds: an engine that is well says so four times a second, and a forward may hold that up for a second. */
const LEAST_WATCHDOG = 2_000;

/** The GPUs that several engines share out among them. */
async function sharedGpus({ engines, device }: EngineSettings): Promise<readonly string[]> {
  if (engines === 1 || (device !== 'auto' && device !== 'cuda')) return [];
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  if (visible !== undefined) return visible.split(',').filter((gpu) => gpu !== '');
  const { gpu } = await inspectTensorFlow();
  return gpu.kind === 'found' ? gpu.names.map((_, index) => String(index)) : [];
}

function check(name: string, value: number, valid: boolean, expected: string): void {
  if (valid) return;
  throw new InvalidArgumentError(`${name} must be ${expected}, not ${value}.`, { [name]: value });
}

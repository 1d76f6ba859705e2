import type { Environment } from '../results/environment.js';
import { WorkerProcess } from '../workers/worker-process.js';
import type { ForwardRecord, ForwardSample, ForwardTarget, TargetRecord } from './forward-record.js';
import type { ForwardPlace, ForwardWork } from './forward-work.js';
import { roundOf } from './schedule.js';

/** What `bench:forward` runs. */
export interface ForwardBenchmarkOptions {
  readonly environment: Environment;
  /** Path of the built `forward-worker.js`. */
  readonly workerScript: string;
  /** Reference of the model. @default 'smollm2-135m-instruct' */
  readonly model?: string;
  /** Rounds of the native targets. @default 15 */
  readonly rounds?: number;
  /** New tokens of a pass. @default [1, 2, 4, 8, 16, 32] */
  readonly tokenCounts?: readonly number[];
  /** Tokens in the KV cache before each pass. @default 128 */
  readonly prefix?: number;
  /** Told what is going on, for a terminal. */
  readonly onNote?: (note: string) => void;
}

type ForwardProcess = WorkerProcess<ForwardWork>;

interface Running {
  readonly target: ForwardTarget;
  readonly process: ForwardProcess;
  readonly loaded: Awaited<ReturnType<ForwardWork['load']>>;
}

/** wasm takes part in every n-th round, because one of its passes takes as long as dozens of the others. */
const WASM_EVERY = 5;

/** Far larger than any cache, small enough to hold beside three models. */
const READ_BYTES = 512 * 2 ** 20;

const PLACES: Readonly<Record<ForwardTarget, ForwardPlace>> = {
  fused: { device: 'cpu', executor: 'fused' },
  graph: { device: 'auto', executor: 'graph' },
  'eager-native': { device: 'auto', executor: 'eager' },
  wasm: { device: 'wasm', executor: 'eager' },
};

/**
 * The cost of a forward pass of T tokens on each executor. Every target has its own process, because a process can
 * run TensorFlow on one device only; the passes themselves take turns, so that all targets see the same machine.
 * A target that can't be loaded is recorded with the reason.
 */
export async function runForwardBenchmark(options: ForwardBenchmarkOptions): Promise<ForwardRecord> {
  const { environment, workerScript, model = 'smollm2-135m-instruct', rounds = 15 } = options;
  const { tokenCounts = [1, 2, 4, 8, 16, 32], prefix = 128, onNote } = options;
  const running: Running[] = [];
  const unavailable: TargetRecord[] = [];
  const samples: ForwardSample[] = [];
  try {
    for (const target of Object.keys(PLACES) as ForwardTarget[]) {
      onNote?.(`loading ${target}`);
      const process: ForwardProcess = new WorkerProcess(workerScript);
      try {
        running.push({ target, process, loaded: await process.ask('load', { model, prefix, ...PLACES[target] }) });
      } catch (error) {
        await process.close();
        const reason = error instanceof Error ? error.message : String(error);
        unavailable.push({ target, state: 'unavailable', reason });
      }
    }
    // The first pass of each size allocates and plans.
    for (const { target, process } of running) {
      onNote?.(`warming ${target}`);
      for (const tokens of tokenCounts) await process.ask('forward', tokens);
    }
    const reads: number[] = [];
    const graph = running.find(({ target }) => target === 'graph')?.process;
    if (graph) await graph.ask('readMemory', READ_BYTES);
    for (let round = 0; round < rounds; round++) {
      onNote?.(`round ${round + 1} of ${rounds}`);
      const taking = running.filter(({ target }) => target !== 'wasm' || round % WASM_EVERY === 0);
      for (const { target, tokens } of roundOf(round, taking, tokenCounts)) {
        const milliseconds = await target.process.ask('forward', tokens);
        samples.push({ target: target.target, round, tokens, milliseconds });
      }
      if (graph) reads.push(await graph.ask('readMemory', READ_BYTES));
    }
    const [first] = running;
    return {
      environment,
      options: { model: first?.loaded.name ?? model, rounds, prefix, tokenCounts },
      seeds: [],
      samples,
      targets: [...running.map(recordOf), ...unavailable],
      weightBytes: first?.loaded.weightBytes ?? 0,
      ...(graph ? { memoryRead: { bytes: READ_BYTES, milliseconds: reads } } : {}),
    };
  } finally {
    await Promise.all(running.map(({ process }) => process.close()));
  }
}

function recordOf({ target, loaded: { device, executor, versions } }: Running): TargetRecord {
  return { target, state: 'measured', device, executor, versions };
}

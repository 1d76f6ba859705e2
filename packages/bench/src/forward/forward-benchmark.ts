import type { Environment } from '../results/environment.js';
import { WorkerProcess } from '../workers/worker-process.js';
import type { ForwardRecord, ForwardSample, ForwardTarget, TargetRecord } from './forward-record.js';
import { roundOf } from './schedule.js';
import type { WorkerReply, WorkerRequest } from './worker-messages.js';

/** What `bench:forward` runs. */
export interface ForwardBenchmarkOptions {
  readonly environment: Environment;
  /** Path of the built `forward-worker.js`. */
  readonly workerScript: string;
  /** Reference of the model. @default 'smollm2-135m-instruct' */
  readonly model?: string;
  /** Rounds of the native targets. @default 15 */
  readonly rounds?: number;
  /** wasm takes part in every n-th round, because one of its passes takes as long as dozens of the others. @default 5 */
  readonly wasmEvery?: number;
  /** New tokens of a pass. @default [1, 2, 4, 8, 16, 32] */
  readonly tokenCounts?: readonly number[];
  /** Tokens in the KV cache before each pass. @default 128 */
  readonly prefix?: number;
  /** Told what is going on, for a terminal. */
  readonly onNote?: (note: string) => void;
}

type Loaded = Extract<WorkerReply, { kind: 'loaded' }>;

type ForwardProcess = WorkerProcess<WorkerRequest, WorkerReply>;

interface Running {
  readonly target: ForwardTarget;
  readonly process: ForwardProcess;
  readonly loaded: Loaded;
  readonly samples: ForwardSample[];
}

/** Far larger than any cache, small enough to hold beside three models. */
const READ_BYTES = 512 * 2 ** 20;

const PLACES: Readonly<Record<ForwardTarget, Pick<Extract<WorkerRequest, { kind: 'load' }>, 'device' | 'executor'>>> = {
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
  const { environment, workerScript, model = 'smollm2-135m-instruct', rounds = 15, wasmEvery = 5 } = options;
  const { tokenCounts = [1, 2, 4, 8, 16, 32], prefix = 128, onNote } = options;
  const running: Running[] = [];
  const unavailable: TargetRecord[] = [];
  try {
    for (const target of Object.keys(PLACES) as ForwardTarget[]) {
      onNote?.(`loading ${target}`);
      const process: ForwardProcess = new WorkerProcess(workerScript);
      try {
        const loaded = await process.ask({ kind: 'load', model, prefix, ...PLACES[target] });
        if (loaded.kind !== 'loaded') throw new Error(`The worker answered ${loaded.kind}.`);
        running.push({ target, process, loaded, samples: [] });
      } catch (error) {
        await process.close();
        unavailable.push({
          target,
          state: 'unavailable',
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
    // The first pass of each size allocates and plans.
    for (const { target, process } of running) {
      onNote?.(`warming ${target}`);
      for (const tokens of tokenCounts) await measure(process, { kind: 'forward', tokens });
    }
    const reads: number[] = [];
    const graph = running.find(({ target }) => target === 'graph')?.process;
    if (graph) await measure(graph, { kind: 'read-memory', bytes: READ_BYTES });
    for (let round = 0; round < rounds; round++) {
      onNote?.(`round ${round + 1} of ${rounds}`);
      const taking = running.filter(({ target }) => target !== 'wasm' || round % wasmEvery === 0);
      for (const { target, tokens } of roundOf(round, taking, tokenCounts)) {
        const milliseconds = await measure(target.process, { kind: 'forward', tokens });
        target.samples.push({ round, tokens, milliseconds });
      }
      if (graph) reads.push(await measure(graph, { kind: 'read-memory', bytes: READ_BYTES }));
    }
    const [first] = running;
    return {
      environment,
      options: { model: first?.loaded.name ?? model, rounds, prefix, tokenCounts },
      seeds: [],
      targets: [...running.map(recordOf), ...unavailable],
      weightBytes: first?.loaded.weightBytes ?? 0,
      memoryRead: graph ? { bytes: READ_BYTES, milliseconds: reads } : undefined,
    };
  } finally {
    await Promise.all(running.map(({ process }) => process.close()));
  }
}

async function measure(process: ForwardProcess, request: WorkerRequest): Promise<number> {
  const reply = await process.ask(request);
  if (reply.kind !== 'measured') throw new Error(`The worker answered ${reply.kind} to ${request.kind}.`);
  return reply.milliseconds;
}

function recordOf({ target, loaded, samples }: Running): TargetRecord {
  const { device, executor, versions } = loaded;
  return { target, state: 'measured', device, executor, versions, samples };
}

import { withoutUndefined } from '@foretoken/core';
import type { CreateDecoderOptions, DraftMode } from 'foretoken';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { WorkerProcess } from '../workers/worker-process.js';
import type { DecodeBenchmarkOptions } from './decode-benchmark.js';
import { type MemorySample, STANDARD } from './decode-record.js';

/** What `--memory` of `bench:decode` runs. */
export interface MemoryBenchmarkOptions
  extends Pick<DecodeBenchmarkOptions, 'prompts' | 'model' | 'executor' | 'arithmetic' | 'methods' | 'maximumTokens'> {
  /** Path of the built `memory-worker.js`. */
  readonly workerScript: string;
  /** Told what is going on, for a terminal. */
  readonly onNote?: (note: string) => void;
}

/** What its process does. */
export interface MemoryWork {
  /** Answers these prompts with one method and tells its memory. */
  readonly measure: (task: {
    readonly decoder: Pick<CreateDecoderOptions, 'model' | 'executor' | 'arithmetic'> & { readonly draft: DraftMode };
    readonly maximumTokens: number;
    readonly prompts: readonly BenchmarkPrompt[];
  }) => Promise<Omit<MemorySample, 'method'>>;
}

/**
 * Resident memory of standard decoding and of each method, each in a process of its own, one after the other, over the
 * same prompts. Throws an `Error` with the reason when a process fails.
 */
export async function runMemoryBenchmark(options: MemoryBenchmarkOptions): Promise<readonly MemorySample[]> {
  const { workerScript, prompts, model = 'smollm2-135m-instruct', methods = ['auto'], maximumTokens = 128 } = options;
  const { executor, arithmetic } = options;
  const samples: MemorySample[] = [];
  for (const draft of ['none', ...methods] as const) {
    const method = draft === 'none' ? STANDARD : draft;
    options.onNote?.(`memory of ${method}: ${prompts.length} prompts in a process of its own`);
    const worker = new WorkerProcess<MemoryWork>(workerScript);
    try {
      const decoder = { model, draft, ...withoutUndefined({ executor, arithmetic }) };
      samples.push({ method, ...(await worker.ask('measure', { decoder, maximumTokens, prompts })) });
    } finally {
      await worker.close();
    }
  }
  return samples;
}

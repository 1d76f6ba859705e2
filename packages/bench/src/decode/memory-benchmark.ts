import { fork } from 'node:child_process';
import type { ExecutorKind } from '@foretoken/backend';
import type { Arithmetic } from '@foretoken/core';
import type { DraftMode } from 'foretoken';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { type MemorySample, STANDARD } from './decode-record.js';

/** What `--memory` of `bench:decode` runs. */
export interface MemoryBenchmarkOptions {
  /** Path of the built `memory-worker.js`. */
  readonly workerScript: string;
  readonly prompts: readonly BenchmarkPrompt[];
  /** Reference of the target model. @default 'smollm2-135m-instruct' */
  readonly model?: string;
  /** How forwards run. @default what createDecoder takes */
  readonly executor?: ExecutorKind;
  /** What products are computed in. @default what createDecoder takes */
  readonly arithmetic?: Arithmetic;
  /** What to compare with standard decoding. @default ['auto'] */
  readonly methods?: readonly DraftMode[];
  /** Most tokens of an answer. @default 128 */
  readonly maximumTokens?: number;
  /** Told what is going on, for a terminal. */
  readonly onNote?: (note: string) => void;
}

/** What a worker process is to do: answer these prompts with one method, then tell its memory. */
export interface MemoryTask {
  readonly model: string;
  readonly executor?: ExecutorKind;
  readonly arithmetic?: Arithmetic;
  readonly draft: DraftMode;
  readonly maximumTokens: number;
  readonly prompts: readonly BenchmarkPrompt[];
}

/** What it answers. */
export type MemoryReply =
  | ({ readonly kind: 'measured' } & Omit<MemorySample, 'method'>)
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Resident memory of standard decoding and of each method, each in a process of its own, one after the other, over the
 * same prompts. Throws an `Error` with the reason when a process fails.
 */
export async function runMemoryBenchmark(options: MemoryBenchmarkOptions): Promise<readonly MemorySample[]> {
  const { workerScript, prompts, model = 'smollm2-135m-instruct', methods = ['auto'], maximumTokens = 128 } = options;
  const samples: MemorySample[] = [];
  for (const draft of ['none', ...methods] as const) {
    const method = draft === 'none' ? STANDARD : draft;
    options.onNote?.(`memory of ${method}: ${prompts.length} prompts in a process of its own`);
    const { peak, decoding } = await ask(workerScript, {
      ...{ model, draft, maximumTokens, prompts },
      ...(options.executor === undefined ? {} : { executor: options.executor }),
      ...(options.arithmetic === undefined ? {} : { arithmetic: options.arithmetic }),
    });
    samples.push({ method, peak, decoding });
  }
  return samples;
}

function ask(script: string, task: MemoryTask): Promise<Extract<MemoryReply, { kind: 'measured' }>> {
  return new Promise((resolve, reject) => {
    const child = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('message', (reply: MemoryReply) => {
      if (reply.kind === 'measured') resolve(reply);
      else reject(new Error(`The process that decodes with ${task.draft} failed: ${reply.reason}`));
      if (child.connected) child.disconnect();
    });
    child.once('error', reject);
    // After a reply this changes nothing: a promise settles once.
    child.once('exit', (code, signal) =>
      reject(new Error(`The process that decodes with ${task.draft} ended with ${signal ?? `exit code ${code}`}.`)),
    );
    child.send(task);
  });
}

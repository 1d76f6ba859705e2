import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { resolveModel } from '@foretoken/backend';
import { type Arithmetic, withoutUndefined } from '@foretoken/core';
import type { DecodeBenchmarkOptions } from '../decode/decode-benchmark.js';
import { rotated } from '../forward/schedule.js';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { WARM_UP } from '../prompts/warm-up.js';
import type { AnswerSample } from '../results/record.js';
import { WorkerProcess } from '../workers/worker-process.js';
import type { EngineLoading, EngineName, EngineWork } from './engine-work.js';
import {
  type EngineRecord,
  methodName,
  type PeerMethod,
  type PeersRecord,
  type PrefillSample,
  type StartSample,
} from './peers-record.js';

/** What `bench:peers` runs. The model must be one GGUF file. */
export interface PeersBenchmarkOptions
  extends Pick<DecodeBenchmarkOptions, 'environment' | 'prompts' | 'model' | 'maximumTokens'> {
  /** Path of the built worker of each engine; one that is left out takes no part. */
  readonly workerScripts: Readonly<Record<'foretoken', string>> & Readonly<Partial<Record<EngineName, string>>>;
  /** Reference of the peers' draft model, one GGUF file too; foretoken takes the one of a registered model. @default none */
  readonly draftModel?: string;
  /** What foretoken's products are computed in. @default what createDecoder takes */
  readonly arithmetic?: Arithmetic;
  /** Path of a llama-server binary. @default none */
  readonly llamaServer?: string;
  /** Threads that compute, in each engine. @default the cores that this process may use */
  readonly threads?: number;
  /** Rounds of prefills and of starts. @default 5 */
  readonly rounds?: number;
  /** Tokens of a prefill. @default 512 */
  readonly prefillTokens?: number;
  /** Told of every answer as it comes. */
  readonly onAnswer?: (answer: AnswerSample) => void;
  /** Told what is going on, for a terminal. */
  readonly onNote?: (note: string) => void;
}

const ENGINES: readonly EngineName[] = ['foretoken', 'node-llama-cpp', 'llama-server'];

const METHODS: readonly PeerMethod[] = [
  { engine: 'foretoken', mode: 'standard' },
  { engine: 'foretoken', mode: 'auto' },
  { engine: 'node-llama-cpp', mode: 'standard' },
  { engine: 'node-llama-cpp', mode: 'lookup' },
  { engine: 'node-llama-cpp', mode: 'lookup-1' },
  { engine: 'node-llama-cpp', mode: 'draft-model' },
  { engine: 'llama-server', mode: 'standard' },
  { engine: 'llama-server', mode: 'ngram-mod' },
  { engine: 'llama-server', mode: 'draft-model' },
];

/** Programs that start differently; the lookups of node-llama-cpp load nothing more. */
const STARTS = METHODS.filter(({ engine, mode }) => engine === 'foretoken' || mode === 'standard');

const CONTEXT_LENGTH = 2048;

/** Before each turn, so that threads of the engine before, which spin for a moment after their work, are asleep. */
const PAUSE_MILLISECONDS = 20;

interface Session {
  readonly processes: ReadonlyMap<EngineName, EngineProcess>;
  readonly methods: readonly PeerMethod[];
}

type Loading = Omit<EngineLoading, 'mode'>;

type EngineProcess = WorkerProcess<EngineWork>;

interface EncodedPrompt {
  readonly prompt: BenchmarkPrompt;
  readonly tokens: readonly number[];
}

/**
 * foretoken against node-llama-cpp and a llama-server that was built for this machine: same file, same threads, same
 * prompt tokens, greedy. Each engine has its own process and only one works at a time; methods take turns prompt by
 * prompt, prefills and starts round by round, all in rotating order. An engine without a binary is recorded as absent.
 *
 * Throws an `Error` without prompts, for a model that is no GGUF file, and with the reason when an engine's process fails.
 */
export async function runPeersBenchmark(options: PeersBenchmarkOptions): Promise<PeersRecord> {
  const { environment, workerScripts, prompts, maximumTokens = 128, rounds = 5, prefillTokens = 512 } = options;
  const { threads = availableParallelism(), onNote } = options;
  if (prompts.length === 0) throw new Error('There are no prompts to run.');
  const reference = options.model ?? 'smollm2-135m-instruct';
  const { name, weights } = await resolveModel(reference);
  const draft = options.draftModel === undefined ? undefined : (await resolveModel(options.draftModel)).weights;
  const stranger = [weights, draft].find((path) => path?.endsWith('.gguf') === false);
  if (stranger !== undefined) throw new Error(`All engines can read GGUF files only, and ${stranger} is none.`);
  const loading: Loading = {
    ...{ reference, model: weights, threads, contextLength: CONTEXT_LENGTH },
    ...withoutUndefined({ draftModel: draft, arithmetic: options.arithmetic, llamaServer: options.llamaServer }),
  };

  const processes = new Map<EngineName, EngineProcess>();
  const engines: EngineRecord[] = [];
  try {
    for (const engine of ENGINES) {
      const script = workerScripts[engine];
      if (script === undefined) continue;
      onNote?.(`loading ${engine}`);
      const process = startEngine(script, threads);
      processes.set(engine, process);
      const loaded = await process.ask('load', { ...loading, mode: 'every' });
      if (loaded.kind === 'loaded') {
        engines.push({ engine, state: 'measured', description: loaded.description });
        continue;
      }
      engines.push({ engine, state: 'absent', reason: loaded.reason });
      await process.close();
      processes.delete(engine);
    }
    const methods = METHODS.filter(({ engine, mode }) => processes.has(engine) && (draft || mode !== 'draft-model'));
    const session: Session = { processes, methods };
    const warmUp = await encode(session, WARM_UP);
    const encoded: EncodedPrompt[] = [];
    for (const prompt of prompts) encoded.push(await encode(session, prompt));

    await warm(session, warmUp, Math.min(16, maximumTokens));
    const samples = await answerAll(session, encoded, { maximumTokens, onAnswer: options.onAnswer });
    onNote?.(`${rounds} prefills of ${prefillTokens} tokens`);
    const prefills = await prefillAll(session, encoded, { rounds, prefillTokens });
    await closeAll(processes);
    onNote?.(`${rounds} starts`);
    const starts = STARTS.filter((method) => session.methods.includes(method));
    return {
      environment,
      engines,
      options: { model: name, threads, contextLength: CONTEXT_LENGTH, maximumTokens, rounds, prefillTokens },
      seeds: [],
      samples,
      prefills,
      starts: await startAll(starts, warmUp, { rounds, workerScripts, loading }),
    };
  } finally {
    await closeAll(processes);
  }
}

async function encode(session: Session, prompt: BenchmarkPrompt): Promise<EncodedPrompt> {
  return { prompt, tokens: await processOf(session, 'foretoken').ask('encode', prompt.messages) };
}

/** The first answer of each method allocates and plans. */
async function warm(session: Session, { tokens }: EncodedPrompt, maximumTokens: number): Promise<void> {
  for (const { engine, mode } of session.methods) {
    await processOf(session, engine).ask('answer', { prompt: tokens, mode, maximumTokens });
  }
}

async function answerAll(
  session: Session,
  encoded: readonly EncodedPrompt[],
  options: { readonly maximumTokens: number; readonly onAnswer: PeersBenchmarkOptions['onAnswer'] },
): Promise<readonly AnswerSample[]> {
  const answers: AnswerSample[] = [];
  for (const [index, { prompt, tokens }] of encoded.entries()) {
    for (const [turn, { engine, mode }] of rotated(session.methods, index).entries()) {
      await wait(PAUSE_MILLISECONDS);
      const task = { prompt: tokens, mode, maximumTokens: options.maximumTokens };
      const { memory: _, ...answer } = await processOf(session, engine).ask('answer', task);
      const sample: AnswerSample = {
        ...{ method: methodName({ engine, mode }), prompt: prompt.id, category: prompt.category, turn },
        ...answer,
      };
      answers.push(sample);
      options.onAnswer?.(sample);
    }
  }
  return answers;
}

async function prefillAll(
  session: Session,
  encoded: readonly EncodedPrompt[],
  { rounds, prefillTokens }: { readonly rounds: number; readonly prefillTokens: number },
): Promise<readonly PrefillSample[]> {
  const text = encoded.flatMap(({ tokens }) => tokens);
  // Prefill is all but the last token.
  const prompt = Array.from({ length: prefillTokens + 1 }, (_, index) => text[index % text.length] ?? 0);
  const samples: PrefillSample[] = [];
  // The first one of each allocates for this size, and is no sample.
  for (let round = -1; round < rounds; round++) {
    for (const engine of rotated([...session.processes.keys()], round + 1)) {
      await wait(PAUSE_MILLISECONDS);
      const { statistics } = await processOf(session, engine).ask('answer', {
        prompt,
        mode: 'standard',
        maximumTokens: 1,
      });
      if (round >= 0) samples.push({ round, engine, milliseconds: statistics.milliseconds.prefill });
    }
  }
  return samples;
}

/** The file is in the system's cache: the session read it before. */
async function startAll(
  methods: readonly PeerMethod[],
  { tokens }: EncodedPrompt,
  options: Pick<PeersBenchmarkOptions, 'workerScripts'> & {
    readonly rounds: number;
    readonly loading: Loading;
  },
): Promise<readonly StartSample[]> {
  const { workerScripts, rounds, loading } = options;
  const samples: StartSample[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { engine, mode } of rotated(methods, round)) {
      const script = workerScripts[engine];
      if (script === undefined) continue;
      const started = performance.now();
      const process = startEngine(script, loading.threads);
      try {
        const loaded = await process.ask('load', { ...loading, mode });
        if (loaded.kind === 'absent') throw new Error(`${engine} was there and is not any more: ${loaded.reason}`);
        const answer = await process.ask('answer', { prompt: tokens, mode, maximumTokens: 1 });
        const milliseconds = performance.now() - started;
        samples.push({
          ...{ round, method: methodName({ engine, mode }), milliseconds },
          memory: { loaded: loaded.memory, answered: answer.memory },
        });
      } finally {
        await process.close();
      }
    }
  }
  return samples;
}

function startEngine(script: string, threads: number): EngineProcess {
  // foretoken's operators and TensorFlow read theirs from the environment, once.
  return new WorkerProcess(script, { FORETOKEN_THREADS: String(threads), TF_NUM_INTRAOP_THREADS: String(threads) });
}

function processOf({ processes }: Session, engine: EngineName): EngineProcess {
  const process = processes.get(engine);
  if (process === undefined) throw new Error(`${engine} is not running.`);
  return process;
}

async function closeAll(processes: ReadonlyMap<EngineName, EngineProcess>): Promise<void> {
  await Promise.all([...processes.values()].map((process) => process.close()));
}

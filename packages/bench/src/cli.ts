import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ARITHMETICS, ForetokenError, withoutUndefined } from '@foretoken/core';
import { EXECUTORS } from '@foretoken/speculation';
import { cacheDirectory, DEVICES, terminalProgress } from '@foretoken/tensorflow';
import { runArithmeticBenchmark } from './arithmetic/arithmetic-benchmark.js';
import { runDecodeBenchmark } from './decode/decode-benchmark.js';
import { draftMethod } from './decode/draft-method.js';
import { runMemoryBenchmark } from './decode/memory-benchmark.js';
import { runForwardBenchmark } from './forward/forward-benchmark.js';
import { LOSSLESS_CONFIGURATIONS } from './lossless/configurations.js';
import { runLosslessBenchmark } from './lossless/lossless-benchmark.js';
import { divergence, losslessFailures } from './lossless/lossless-summary.js';
import { count, counts, note, oneOf } from './option-values.js';
import { OPTIONS, usage } from './options.js';
import { runPeersBenchmark } from './peers/peers-benchmark.js';
import { type BenchmarkPrompt, readPrompts } from './prompts/read-prompts.js';
import { selectPrompts } from './prompts/select-prompts.js';
import { rate } from './results/answers.js';
import { describeEnvironment } from './results/environment.js';
import type { AnswerSample } from './results/record.js';
import { readResults, writeResults } from './results/results-file.js';
import { type Benchmark, type Records, tablesOf } from './results/summary.js';
import { runServeBenchmark } from './serve/serve-benchmark.js';
import { serveFailures } from './serve/serve-checks.js';
import { loadName } from './serve/serve-results.js';
import { runControllersBenchmark } from './simulator/controllers-record.js';

/** In the order that they run in. */
const RUNS = { forward, decode, lossless, peers, serve, controllers, arithmetic } satisfies {
  readonly [Name in Benchmark]: () => Promise<NonNullable<Records[Name]>>;
};
const BENCHMARKS = Object.keys(RUNS) as Benchmark[];
const DEFAULT_BENCHMARKS: readonly Benchmark[] = ['controllers', 'forward', 'decode'];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
const unknown = positionals.find((name) => !BENCHMARKS.some((benchmark) => benchmark === name));
if (values.help || unknown !== undefined) {
  note(unknown === undefined ? usage() : `There is no benchmark "${unknown}".\n\n${usage()}`);
  process.exit(unknown === undefined ? 0 : 2);
}

const { quick, model, report = here('../../../report') } = values;
const environment = await describeEnvironment(here('.'), new Date());
const onNote = (text: string): void => note(`  ${text}`);
const onProgress = terminalProgress(process.stderr);
const device = oneOf('device', values.device, DEVICES);
const executor = oneOf('executor', values.executor, EXECUTORS);
const products = oneOf('arithmetic', values.arithmetic, ARITHMETICS);

for (const benchmark of positionals.length === 0 ? DEFAULT_BENCHMARKS : BENCHMARKS) {
  if (positionals.length > 0 && !positionals.includes(benchmark)) continue;
  note(`bench:${benchmark}`);
  const records: Records = { [benchmark]: await RUNS[benchmark]().catch(refuse) };
  process.stdout.write(`\n${tablesOf(records, benchmark)}\n\n`);
  for (const path of await writeResults(report, records)) note(`wrote ${path}`);
}

/** What can't be run here is said in a line; anything else is a fault of the benchmark. */
function refuse(error: unknown): never {
  if (!(error instanceof ForetokenError)) throw error;
  note(`  ${error.message}`);
  process.exit(1);
}

async function decode() {
  const work = {
    prompts: await chosenPrompts(),
    methods: chosenMethods(values.draft.split(',')),
    ...withoutUndefined({ model, device, executor, arithmetic: products, maximumTokens: maximumTokens(24) }),
  };
  const record = await runDecodeBenchmark({
    environment,
    ...work,
    ...withoutUndefined({ repeats: count('repeats', values.repeats), depth: count('depth', values.depth) }),
    onProgress,
    onSample: noteAnswer,
  });
  if (!values.memory) return record;
  return { ...record, memory: await runMemoryBenchmark({ ...work, workerScript: here('./memory-worker.js'), onNote }) };
}

/** Exits with 1 when an answer differs: a benchmark that is a proof must be able to fail. */
async function lossless() {
  const record = await runLosslessBenchmark({
    environment,
    prompts: await chosenPrompts(),
    ...withoutUndefined({ model, device, arithmetic: products, maximumTokens: maximumTokens(24) }),
    configurations: chosenConfigurations(values.drafters?.split(',')),
    onProgress,
    onSample: ({ prompt, configuration, outcome, statistics: { generatedTokens, milliseconds } }) =>
      onNote(
        `${prompt} ${configuration}: ${outcome.kind === 'identical' ? 'identical' : `${outcome.kind}: ${divergence(outcome)}`}, ${generatedTokens} tokens in ${(milliseconds.decode / 1000).toFixed(1)} s`,
      ),
  });
  if (losslessFailures(record).length > 0) process.exitCode = 1;
  return record;
}

function forward() {
  return runForwardBenchmark({
    environment,
    workerScript: here('./forward-worker.js'),
    ...withoutUndefined({ model, rounds: count('rounds', values.rounds) ?? (quick ? 2 : undefined) }),
    ...(quick ? { tokenCounts: [1, 8] } : {}),
    onNote,
  });
}

async function peers() {
  return runPeersBenchmark({
    environment,
    workerScripts: {
      foretoken: here('./foretoken-worker.js'),
      'node-llama-cpp': here('./llama-worker.js'),
      ...(values['llama-server'] === undefined ? {} : { 'llama-server': here('./llama-server-worker.js') }),
    },
    prompts: await chosenPrompts(),
    ...withoutUndefined({
      ...{ model, arithmetic: products, maximumTokens: maximumTokens(16) },
      draftModel: values['draft-model'],
      llamaServer: values['llama-server'],
      rounds: count('rounds', values.rounds) ?? (quick ? 1 : undefined),
      threads: count('threads', values.threads),
    }),
    onAnswer: noteAnswer,
    onNote,
  });
}

/** Exits with 1 when an answer is missing or differs from the one given alone. */
async function serve() {
  const record = await runServeBenchmark({
    environment,
    workerScript: here('./server-worker.js'),
    prompts: await chosenPrompts(),
    ...withoutUndefined({
      ...{ model, executor, maximumTokens: maximumTokens(16) },
      repeats: count('repeats', values.repeats) ?? (quick ? 1 : undefined),
      requests: count('requests', values.requests) ?? (quick ? 4 : undefined),
      duration: count('seconds', values.seconds, 1000),
      sequences: count('sequences', values.sequences),
      concurrency: counts('streams', values.streams) ?? (quick ? [1, 4] : undefined),
      rates: counts('rates', values.rates),
    }),
    onBlock: ({ load, mode, answers, milliseconds }) =>
      onNote(`${loadName(load)} ${mode}: ${answers.length} requests in ${(milliseconds / 1000).toFixed(1)} s`),
    onNote,
  });
  if (serveFailures(record).length > 0) process.exitCode = 1;
  return record;
}

async function controllers() {
  return runControllersBenchmark({
    environment,
    ...(quick ? { tokens: 300, seeds: [1] } : {}),
    onComparison: ({ scenario }) => onNote(`${scenario.machine}, ${scenario.name}`),
  });
}

/** Writes after every window, so that `--resume` can go on. */
async function arithmetic() {
  const before = values.resume ? (await readResults(join(report, 'results.json')))?.benchmarks.arithmetic : undefined;
  return runArithmeticBenchmark({
    environment,
    models: model?.split(',') ?? ['smollm2-135m-instruct', 'qwen2.5-coder-1.5b-instruct'],
    corpusFolder: join(cacheDirectory(), 'corpus'),
    ...withoutUndefined({ tokens: count('tokens', values.tokens) ?? (quick ? 500 : undefined), before }),
    ...(quick ? { window: 64 } : {}),
    onProgress,
    onWindow: async ({ model, window, tokens, milliseconds: { exact, integer } }, soFar) => {
      const seconds = `${(exact / 1000).toFixed(1)} s exact, ${(integer / 1000).toFixed(1)} s`;
      onNote(`${model} ${window}: ${tokens} tokens, ${seconds}`);
      await writeResults(report, { arithmetic: soFar });
    },
  });
}

/** Most tokens of an answer; `few` of them with --quick. */
function maximumTokens(few: number): number | undefined {
  return count('tokens', values.tokens) ?? (quick ? few : undefined);
}

function noteAnswer(sample: AnswerSample): void {
  const { prompt, method, tokens } = sample;
  onNote(`${prompt} ${method}: ${tokens.length} tokens, ${rate([sample]).toFixed(1)} tok/s`);
}

async function chosenPrompts(): Promise<readonly BenchmarkPrompt[]> {
  const prompts = await readPrompts(here('../prompts'));
  const categories = new Set(prompts.map(({ category }) => category));
  return selectPrompts(prompts, count('prompts', values.prompts) ?? (quick ? categories.size : prompts.length));
}

function chosenMethods(names: readonly string[]): ReturnType<typeof draftMethod>[] {
  try {
    return names.map(draftMethod);
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

function chosenConfigurations(names: readonly string[] | undefined): typeof LOSSLESS_CONFIGURATIONS {
  const known = LOSSLESS_CONFIGURATIONS.map(({ name }) => name);
  const stranger = names?.find((name) => !known.includes(name));
  if (stranger === undefined) return LOSSLESS_CONFIGURATIONS.filter(({ name }) => names?.includes(name) ?? true);
  note(`There is no configuration "${stranger}". There are: ${known.join(', ')}.`);
  process.exit(2);
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeTokensPerSecond } from '@foretoken/core';
import { cacheDirectory, terminalProgress } from '@foretoken/tensorflow';
import { runArithmeticBenchmark } from './arithmetic/arithmetic-benchmark.js';
import { arithmeticSummary } from './arithmetic/arithmetic-summary.js';
import { runDecodeBenchmark } from './decode/decode-benchmark.js';
import { decodeSummary } from './decode/decode-summary.js';
import { draftMethod } from './decode/draft-method.js';
import { runMemoryBenchmark } from './decode/memory-benchmark.js';
import { runForwardBenchmark } from './forward/forward-benchmark.js';
import { forwardSummary } from './forward/forward-summary.js';
import { LOSSLESS_CONFIGURATIONS } from './lossless/configurations.js';
import { runLosslessBenchmark } from './lossless/lossless-benchmark.js';
import { divergence, losslessFailures, losslessSummary } from './lossless/lossless-summary.js';
import { arithmeticOption, count, counts, deviceOption, executorOption, given, note } from './option-values.js';
import { runPeersBenchmark } from './peers/peers-benchmark.js';
import { peersSummary } from './peers/peers-summary.js';
import { type BenchmarkPrompt, readPrompts } from './prompts/read-prompts.js';
import { selectPrompts } from './prompts/select-prompts.js';
import { describeEnvironment } from './results/environment.js';
import { readResults, writeResults } from './results/results-file.js';
import { runServeBenchmark } from './serve/serve-benchmark.js';
import { serveFailures } from './serve/serve-checks.js';
import { loadName } from './serve/serve-results.js';
import { serveSummary } from './serve/serve-summary.js';
import { runControllersBenchmark } from './simulator/controllers-record.js';
import { controllersSummary } from './simulator/controllers-summary.js';
import { USAGE } from './usage.js';

const RUNS = { arithmetic, forward, decode, lossless, peers, serve, controllers } satisfies Record<
  string,
  () => Promise<readonly string[]>
>;
type Benchmark = keyof typeof RUNS;
const BENCHMARKS: readonly Benchmark[] = [
  'forward',
  'decode',
  'lossless',
  'peers',
  'serve',
  'controllers',
  'arithmetic',
];
const DEFAULT_BENCHMARKS: readonly Benchmark[] = ['controllers', 'forward', 'decode'];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    model: { type: 'string' },
    report: { type: 'string', default: here('../../../report') },
    draft: { type: 'string', default: 'auto' },
    device: { type: 'string' },
    executor: { type: 'string' },
    arithmetic: { type: 'string' },
    depth: { type: 'string' },
    memory: { type: 'boolean', default: false },
    repeats: { type: 'string' },
    rounds: { type: 'string' },
    threads: { type: 'string' },
    prompts: { type: 'string' },
    tokens: { type: 'string' },
    drafters: { type: 'string' },
    streams: { type: 'string' },
    rates: { type: 'string' },
    requests: { type: 'string' },
    seconds: { type: 'string' },
    sequences: { type: 'string' },
    'draft-model': { type: 'string' },
    'llama-server': { type: 'string' },
    resume: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const unknown = positionals.find((name) => !BENCHMARKS.some((benchmark) => benchmark === name));
if (values.help || unknown !== undefined) {
  note(unknown === undefined ? USAGE : `There is no benchmark "${unknown}".\n\n${USAGE}`);
  process.exit(unknown === undefined ? 0 : 2);
}

const wanted = positionals.length === 0 ? DEFAULT_BENCHMARKS : BENCHMARKS.filter((name) => positionals.includes(name));
const model = values.model === undefined ? {} : { model: values.model };
const environment = await describeEnvironment(here('.'), new Date());
for (const benchmark of wanted) {
  note(`bench:${benchmark}`);
  for (const path of await RUNS[benchmark]()) note(`wrote ${path}`);
}

async function decode(): Promise<readonly string[]> {
  const repeats = count('repeats', values.repeats);
  const depth = count('depth', values.depth);
  const maximumTokens = count('tokens', values.tokens) ?? (values.quick ? 24 : undefined);
  const work = {
    ...model,
    prompts: await chosenPrompts(),
    methods: chosenMethods(values.draft.split(',')),
    ...deviceOption(values.device),
    ...executorOption(values.executor),
    ...arithmeticOption(values.arithmetic),
    ...(maximumTokens === undefined ? {} : { maximumTokens }),
  };
  const record = await runDecodeBenchmark({
    environment,
    ...work,
    ...(repeats === undefined ? {} : { repeats }),
    ...(depth === undefined ? {} : { depth }),
    onProgress: terminalProgress(process.stderr),
    onSample: ({ prompt, method, tokens, statistics }) =>
      note(`  ${prompt} ${method}: ${tokens.length} tokens, ${decodeTokensPerSecond(statistics).toFixed(1)} tok/s`),
  });
  const memory = values.memory
    ? {
        memory: await runMemoryBenchmark({
          ...work,
          workerScript: here('./memory-worker.js'),
          onNote: (text) => note(`  ${text}`),
        }),
      }
    : {};
  const measured = { ...record, ...memory };
  process.stdout.write(`\n${decodeSummary(measured)}\n\n`);
  return writeResults(values.report, { decode: measured });
}

/** Exits with 1 when an answer differs: a benchmark that is a proof must be able to fail. */
async function lossless(): Promise<readonly string[]> {
  const maximumTokens = count('tokens', values.tokens) ?? (values.quick ? 24 : undefined);
  const record = await runLosslessBenchmark({
    environment,
    ...model,
    ...deviceOption(values.device),
    ...arithmeticOption(values.arithmetic),
    prompts: await chosenPrompts(),
    ...(maximumTokens === undefined ? {} : { maximumTokens }),
    configurations: chosenConfigurations(values.drafters?.split(',')),
    onProgress: terminalProgress(process.stderr),
    onSample: ({ prompt, configuration, outcome, statistics: { generatedTokens, milliseconds } }) =>
      note(
        `  ${prompt} ${configuration}: ${outcome.kind === 'identical' ? 'identical' : `${outcome.kind}: ${divergence(outcome)}`}, ${generatedTokens} tokens in ${(milliseconds.decode / 1000).toFixed(1)} s`,
      ),
  });
  process.stdout.write(`\n${losslessSummary(record)}\n\n`);
  if (losslessFailures(record).length > 0) process.exitCode = 1;
  return writeResults(values.report, { lossless: record });
}

async function forward(): Promise<readonly string[]> {
  const rounds = count('rounds', values.rounds) ?? (values.quick ? 2 : undefined);
  const record = await runForwardBenchmark({
    environment,
    workerScript: here('./forward-worker.js'),
    ...model,
    ...(rounds === undefined ? {} : { rounds }),
    ...(values.quick ? { tokenCounts: [1, 8] } : {}),
    onNote: (text) => note(`  ${text}`),
  });
  process.stdout.write(`\n${forwardSummary(record)}\n\n`);
  return writeResults(values.report, { forward: record });
}

async function peers(): Promise<readonly string[]> {
  const maximumTokens = count('tokens', values.tokens) ?? (values.quick ? 16 : undefined);
  const rounds = count('rounds', values.rounds) ?? (values.quick ? 1 : undefined);
  const threads = count('threads', values.threads);
  const record = await runPeersBenchmark({
    environment,
    workerScripts: {
      foretoken: here('./foretoken-worker.js'),
      'node-llama-cpp': here('./llama-worker.js'),
      ...(values['llama-server'] === undefined ? {} : { 'llama-server': here('./llama-server-worker.js') }),
    },
    ...model,
    ...arithmeticOption(values.arithmetic),
    ...given('draftModel', values['draft-model']),
    ...given('llamaServer', values['llama-server']),
    prompts: await chosenPrompts(),
    ...(maximumTokens === undefined ? {} : { maximumTokens }),
    ...(rounds === undefined ? {} : { rounds }),
    ...(threads === undefined ? {} : { threads }),
    onAnswer: ({ prompt, engine, mode, tokens, milliseconds }) =>
      note(
        `  ${prompt} ${engine} ${mode}: ${tokens.length} tokens, ${((tokens.length * 1000) / milliseconds.decode).toFixed(1)} tok/s`,
      ),
    onNote: (text) => note(`  ${text}`),
  });
  process.stdout.write(`\n${peersSummary(record)}\n\n`);
  return writeResults(values.report, { peers: record });
}

/** Exits with 1 when an answer is missing or differs from the one given alone. */
async function serve(): Promise<readonly string[]> {
  const record = await runServeBenchmark({
    environment,
    workerScript: here('./server-worker.js'),
    ...model,
    ...executorOption(values.executor),
    prompts: await chosenPrompts(),
    ...given('maximumTokens', count('tokens', values.tokens) ?? (values.quick ? 16 : undefined)),
    ...given('repeats', count('repeats', values.repeats) ?? (values.quick ? 1 : undefined)),
    ...given('requests', count('requests', values.requests) ?? (values.quick ? 4 : undefined)),
    ...given('duration', count('seconds', values.seconds, 1000)),
    ...given('sequences', count('sequences', values.sequences)),
    ...given('concurrency', counts('streams', values.streams) ?? (values.quick ? [1, 4] : undefined)),
    ...given('rates', counts('rates', values.rates)),
    onBlock: ({ load, mode, samples, milliseconds }) =>
      note(`  ${loadName(load)} ${mode}: ${samples.length} requests in ${(milliseconds / 1000).toFixed(1)} s`),
    onNote: (text) => note(`  ${text}`),
  });
  process.stdout.write(`\n${serveSummary(record)}\n\n`);
  if (serveFailures(record).length > 0) process.exitCode = 1;
  return writeResults(values.report, { serve: record });
}

async function chosenPrompts(): Promise<readonly BenchmarkPrompt[]> {
  const prompts = await readPrompts(here('../prompts'));
  const categories = new Set(prompts.map(({ category }) => category));
  return selectPrompts(prompts, count('prompts', values.prompts) ?? (values.quick ? categories.size : prompts.length));
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

async function controllers(): Promise<readonly string[]> {
  const record = runControllersBenchmark({
    environment,
    ...(values.quick ? { tokens: 300, seeds: [1] } : {}),
    onComparison: ({ scenario }) => note(`  ${scenario.machine}, ${scenario.name}`),
  });
  process.stdout.write(`\n${controllersSummary(record)}\n\n`);
  return writeResults(values.report, { controllers: record });
}

/** Writes after every window, so that `--resume` can go on. */
async function arithmetic(): Promise<readonly string[]> {
  const before = values.resume ? (await readResults(join(values.report, 'results.json')))?.benchmarks : undefined;
  const record = await runArithmeticBenchmark({
    environment,
    models: values.model?.split(',') ?? ['smollm2-135m-instruct', 'qwen2.5-coder-1.5b-instruct'],
    corpusFolder: join(cacheDirectory(), 'corpus'),
    ...given('tokens', count('tokens', values.tokens) ?? (values.quick ? 500 : undefined)),
    ...given('window', values.quick ? 64 : undefined),
    ...given('before', before?.arithmetic),
    onProgress: terminalProgress(process.stderr),
    onWindow: async (name, { window, tokens, milliseconds: { exact, integer } }, soFar) => {
      note(
        `  ${name} ${window}: ${tokens} tokens, ${(exact / 1000).toFixed(1)} s exact, ${(integer / 1000).toFixed(1)} s`,
      );
      await writeResults(values.report, { arithmetic: soFar });
    },
  });
  process.stdout.write(`\n${arithmeticSummary(record)}\n\n`);
  return writeResults(values.report, { arithmetic: record });
}

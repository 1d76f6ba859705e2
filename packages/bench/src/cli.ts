import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { terminalProgress } from '@foretoken/tensorflow';
import { runDecodeBenchmark } from './decode/decode-benchmark.js';
import { decodeSummary } from './decode/decode-summary.js';
import { readPrompts } from './decode/read-prompts.js';
import { runForwardBenchmark } from './forward/forward-benchmark.js';
import { forwardSummary } from './forward/forward-summary.js';
import { describeEnvironment } from './results/environment.js';
import { writeResults } from './results/results-file.js';

const USAGE = `node dist/cli.js [decode] [forward] [--quick] [--model REFERENCE] [--report FOLDER] [--depth K] [--repeats N] [--rounds N]

  decode    standard decoding against prompt lookup, by kind of work
  forward   cost of a forward pass by number of tokens and executor
  --quick   a few samples only: shows that everything runs, its numbers mean nothing

Without a name every benchmark runs. Results go to report/results.json and report/summary.md.`;

const BENCHMARKS = ['forward', 'decode'] as const;
type Benchmark = (typeof BENCHMARKS)[number];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    model: { type: 'string' },
    report: { type: 'string', default: here('../../../report') },
    depth: { type: 'string' },
    repeats: { type: 'string' },
    rounds: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const unknown = positionals.find((name) => !BENCHMARKS.some((benchmark) => benchmark === name));
if (values.help || unknown !== undefined) {
  note(unknown === undefined ? USAGE : `There is no benchmark "${unknown}".\n\n${USAGE}`);
  process.exit(unknown === undefined ? 0 : 2);
}

const wanted: readonly Benchmark[] = BENCHMARKS.filter(
  (name) => positionals.length === 0 || positionals.includes(name),
);
const model = values.model === undefined ? {} : { model: values.model };
const environment = await describeEnvironment(here('.'), new Date());
for (const benchmark of wanted) {
  note(`bench:${benchmark}`);
  for (const path of benchmark === 'decode' ? await decode() : await forward()) note(`wrote ${path}`);
}

async function decode(): Promise<readonly string[]> {
  const prompts = await readPrompts(here('../prompts'));
  const categories = new Set<string>();
  const firstOfEach = prompts.filter(({ category }) => !categories.has(category) && categories.add(category));
  const repeats = count('repeats', values.repeats);
  const depth = count('depth', values.depth);
  const record = await runDecodeBenchmark({
    environment,
    ...model,
    prompts: values.quick ? firstOfEach : prompts,
    ...(values.quick ? { maximumTokens: 24, repeats: 1 } : {}),
    ...(repeats === undefined ? {} : { repeats }),
    ...(depth === undefined ? {} : { depth }),
    onProgress: terminalProgress(process.stderr),
    onSample: ({ prompt, method, tokens, milliseconds }) =>
      note(
        `  ${prompt} ${method}: ${tokens.length} tokens, ${((tokens.length * 1000) / milliseconds.decode).toFixed(1)} tok/s`,
      ),
  });
  process.stdout.write(`\n${decodeSummary(record)}\n\n`);
  return writeResults(values.report, { decode: record });
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

function count(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  note(`--${option} takes an integer >= 1, not "${text}".`);
  process.exit(2);
}

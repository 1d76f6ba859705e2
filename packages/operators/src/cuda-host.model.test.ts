import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const native = fileURLToPath(new URL('native/', import.meta.url));
const script = fileURLToPath(new URL('../scripts/gpu-check.sh', import.meta.url));

/** A multiply-add is one only where a kernel says so, as on the GPU. */
const FLAGS = [
  ...['-std=c++17', '-O1', '-g1', '-pthread', '-ffp-contract=off', '-fno-math-errno', '-fno-omit-frame-pointer'],
  ...['-Wno-psabi', '-Wno-unknown-pragmas', '-DFORETOKEN_TARGET=portable'],
];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
/** Linked but never run by what is compared here, and the longest to compile. */
const NOT_RUN = 'integer-kernels.cc';
const PROGRAMS = ['check-cuda', 'fuzz-cuda'];

/** Milliseconds: compiling with sanitizers can take minutes on two slow cores. */
const SANITIZED = 1_200_000;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foretoken-cuda-'));
  const compiler = process.env.CXX ?? 'g++';
  const compile = async (source: string) => {
    const object = join(folder, `${source.replaceAll('/', '-')}.o`);
    const flags = source === NOT_RUN ? FLAGS : [...FLAGS, ...SANITIZERS];
    await promisify(execFile)(compiler, [...flags, '-c', join(native, source), '-o', object]);
    return object;
  };
  const sources = ['.', 'cuda', 'cuda/host']
    .flatMap((part) => readdirSync(join(native, part)).map((name) => join(part, name)))
    .filter((name) => name.endsWith('.cc'));
  const [objects, mains] = await Promise.all([
    Promise.all(sources.map(compile)),
    Promise.all(PROGRAMS.map((name) => compile(`testing/${name}.cc`))),
  ]);
  for (const [index, main] of mains.entries()) {
    // The fake driver is found in the program itself.
    const output = ['-rdynamic', '-ldl', '-o', join(folder, PROGRAMS[index] ?? '')];
    execFileSync(compiler, [...FLAGS, ...SANITIZERS, ...objects, main, ...output], { stdio: 'pipe' });
  }
}, SANITIZED);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it(
  'computes on the host what exact products and attention do, in every format, with the same bits for a row at any number of rows',
  () => expect(run('check-cuda', '1', '2')).toBe('clean\n'),
  SANITIZED,
);

it(
  'runs whole programs on the host as the CPU does, with the same bits however they are read, and types every failure',
  () => expect(run('fuzz-cuda', '1', '1')).toMatch(/^programs on the device: clean/),
  SANITIZED,
);

it('checks a GPU with one command, which runs here on the host, and goes on where the GPU is lost', () => {
  const out = join(folder, 'report.json');
  const command = [script, '--host', '--program', join(folder, 'gpu-check'), '--out', out];
  execFileSync('bash', command, { stdio: 'pipe' });
  const report: { readonly results: readonly object[] } = JSON.parse(readFileSync(out, 'utf8'));
  expect(report).toMatchObject({ kind: 'host', failures: 0 });
  for (const part of [
    { kernels: 'products of Q6_K', rounds: 1, wrong: 0 },
    { models: 'llama-models', rounds: 1, wrong: 0 },
    { models: 'gemma-models', rounds: 1, wrong: 0 },
    { model: 'Qwen2.5-1.5B', promptTokens: 20 },
    { model: 'Gemma-3-1B', rows: 16 },
  ]) {
    expect(report.results).toContainEqual(expect.objectContaining(part));
  }
  const env = { ...process.env, FAKE_CUDA_LAUNCHES: '3' };
  const check = () => execFileSync('bash', command, { env, stdio: 'pipe' });
  expect(check).toThrow(expect.objectContaining({ status: 1 }));
  const broken: { readonly results: readonly object[] } = JSON.parse(readFileSync(out, 'utf8'));
  const reason = expect.stringContaining('CUDA error 719');
  for (const failed of ['attention in a span', 'attention in two spans', 'gemma-models, seed 100', 'Gemma-3-1B']) {
    expect(broken.results).toContainEqual({ failed, reason });
  }
  expect(broken.results).toContainEqual({ kernels: 'round_rows', rounds: 1, wrong: 0 });
});

it.skipIf(existsSync('/dev/nvidiactl'))('says that there is nothing to check where no GPU is', () => {
  const check = () => execFileSync('bash', [script], { encoding: 'utf8', stdio: 'pipe' });
  expect(check).toThrow(expect.objectContaining({ status: 2, stderr: expect.stringContaining('no GPU') }));
});

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(join(folder, program), args, { encoding: 'utf8', stdio: 'pipe' });
}

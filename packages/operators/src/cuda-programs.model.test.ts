import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const native = fileURLToPath(new URL('native/', import.meta.url));
const script = fileURLToPath(new URL('../scripts/gpu-check.sh', import.meta.url));

const FLAGS = [
  ...[
    '-std=c++17',
    '-O1',
    '-g',
    '-pthread',
    '-ffp-contract=off',
    '-fno-math-errno',
    '-Wno-psabi',
    '-Wno-unknown-pragmas',
  ],
  ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'],
  '-DFORETOKEN_TARGET=portable',
];

/** Milliseconds: compiling with sanitizers and running can take ten minutes on two slow cores. */
const SANITIZED = 1_200_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foretoken-cuda-programs-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it(
  'runs whole programs on the host as the CPU does, with the same bits however they are read, and types every failure',
  async () => {
    const compiler = process.env.CXX ?? 'g++';
    const sources = ['.', 'cuda', 'cuda/host']
      .flatMap((part) => readdirSync(join(native, part)).map((name) => join(part, name)))
      .filter((name) => name.endsWith('.cc'));
    const objects = await Promise.all(
      [...sources, 'testing/fuzz-cuda.cc'].map(async (source) => {
        const object = join(folder, `${source.replaceAll('/', '-')}.o`);
        await promisify(execFile)(compiler, [...FLAGS, '-c', join(native, source), '-o', object]);
        return object;
      }),
    );
    const program = join(folder, 'fuzz-cuda');
    // The fake driver is found in the program itself.
    execFileSync(compiler, [...FLAGS, ...objects, '-rdynamic', '-ldl', '-o', program], { stdio: 'pipe' });
    const line = execFileSync(program, ['1', '1'], { encoding: 'utf8', stdio: 'pipe' });
    expect(line).toMatch(/^programs on the device: clean/);
  },
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

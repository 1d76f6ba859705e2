import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCompiled, writeCompiled } from './compiled-file.js';
import { OperatorsError } from './errors.js';
import { DEFINES, KERNELS, type Kernels, nativeSources } from './kernel-sources.js';

/** What the operators are compiled with; `addonToolchain` of `@foretoken/tensorflow` gives it. */
export interface OperatorsToolchain {
  /**
   * Command of a C++17 compiler with vector extensions (g++ or clang++); may carry a launcher or flags. `undefined`:
   * there is none, and only what was compiled before can be used.
   */
  readonly compiler: string | undefined;
  /** Version of the TensorFlow that is compiled against. */
  readonly tensorflowVersion: string;
  /** Folders with TensorFlow's and Node's headers. */
  readonly includeFolders: readonly string[];
  /** Folder with `libtensorflow_framework.so.2`, the one that the process has loaded. */
  readonly libraryFolder: string;
}

/** Told when compiling begins and ends; a listener for `@foretoken/tensorflow` fits. */
export type CompileListener = (event: { readonly kind: 'start' | 'finish'; readonly step: string }) => void;

export interface LoadOperatorsOptions {
  readonly toolchain: OperatorsToolchain;
  /** Where the compiled addon is kept; `cacheDirectory` of `@foretoken/tensorflow` gives the usual place. */
  readonly cacheDirectory: string;
  /** Told when the addon is compiled, which takes half a minute. Not called when it comes from the cache. */
  readonly onProgress?: CompileListener;
}

/** The same from `src` and from `dist`. */
const SOURCES = fileURLToPath(new URL('../src/native', import.meta.url));

/** -ffp-contract: a multiply-add is one instruction, also across statements. No option that changes results otherwise. */
const FLAGS = [
  ...['-std=c++17', '-O3', '-fPIC', '-fvisibility=hidden', '-ffp-contract=fast', '-fno-math-errno'],
  ...['-DNAPI_VERSION=8', '-pthread'],
];

const ADDON = 'foretoken_operators.node';
const CONTENT = 'fused operators';

interface Job {
  readonly source: string;
  readonly object: string;
  readonly flags: readonly string[];
}

/**
 * Gives the compiled addon from the cache, compiling it first when there is none (some 50 seconds of one core). What
 * lies in the cache is used wherever it does the same: its key holds the sources, the flags, the processor's kind and
 * TensorFlow's version, but neither paths nor the compiler, so a cache may be moved, copied to a machine without a
 * compiler, and be read-only.
 *
 * @returns the path of the addon.
 * @throws {OperatorsError} `unsupported-platform`; `damaged` when what lies in the cache is not what was compiled;
 *   `no-compiler`; `cache-not-writable`; `compile-failed` with the end of the compiler's output.
 */
export async function compileOperators(options: LoadOperatorsOptions): Promise<string> {
  const { toolchain, cacheDirectory, onProgress } = options;
  const kernels = KERNELS[process.arch];
  const define = DEFINES[process.arch];
  if (process.platform !== 'linux' || !kernels || !define) {
    throw new OperatorsError(
      'unsupported-platform',
      `The fused operators are not written for ${process.platform}/${process.arch}.`,
    );
  }
  const names = await nativeSources(SOURCES);
  const key = await keyOf(names, { kernels, define, tensorflowVersion: toolchain.tensorflowVersion });
  const root = join(cacheDirectory, 'operators', key);
  const addon = join(root, ADDON);
  if ((await readCompiled(addon, CONTENT)) !== undefined) return addon;
  const { compiler } = toolchain;
  if (compiler === undefined) {
    throw new OperatorsError(
      'no-compiler',
      `The fused operators are not in ${cacheDirectory}, and there is no C++ compiler to build them. Install one (Debian: apt install g++), set CXX, or copy a cache that has them.`,
    );
  }
  const step = 'compile the fused operators';
  onProgress?.({ kind: 'start', step });
  const work = await makeWorkFolder(root);
  try {
    const jobs = listJobs(names, kernels, work);
    const common = [...FLAGS, define, ...toolchain.includeFolders.map((folder) => `-I${folder}`)];
    await runAll(jobs, (job) => compile(compiler, [...common, ...job.flags, '-c', job.source, '-o', job.object]));
    const partial = join(work, 'addon.node');
    const libraries = [`-L${toolchain.libraryFolder}`, '-l:libtensorflow_framework.so.2', '-ldl'];
    const objects = jobs.map((job) => job.object);
    await compile(compiler, ['-shared', '-pthread', ...objects, '-o', partial, ...libraries]);
    await writeCompiled(addon, await readFile(partial));
    onProgress?.({ kind: 'finish', step });
  } finally {
    await rm(work, { recursive: true, force: true });
    // Goes only when it is empty: nothing came of it, and no other process is at work there.
    await rmdir(root).catch(() => undefined);
  }
  return addon;
}

function listJobs(names: readonly string[], kernels: Readonly<Record<string, Kernels>>, work: string): readonly Job[] {
  const perTarget = Object.entries(kernels).flatMap(([name, { flags, targets }]) =>
    Object.entries(targets).map(([target, machine]) => ({
      source: join(SOURCES, name),
      object: join(work, `${name}-${target}.o`),
      // GCC warns of its own intrinsics and of vectors in the interface of functions that are all inlined.
      flags: [...flags, ...machine, `-DFORETOKEN_TARGET=${target}`, '-Wno-psabi'],
    })),
  );
  const others = names
    .filter((name) => name.endsWith('.cc') && !(name in kernels))
    .map((name) => ({ source: join(SOURCES, name), object: join(work, `${name.replaceAll('/', '-')}.o`), flags: [] }));
  // The slow ones first, so that none of them is compiled last and alone.
  return [...perTarget.reverse(), ...others];
}

async function runAll(jobs: readonly Job[], run: (job: Job) => Promise<void>): Promise<void> {
  const waiting = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) await run(job);
  };
  const results = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function compile(command: string, options: readonly string[]): Promise<void> {
  const [program = command, ...first] = command.split(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-2_000);
    });
    const fail = (reason: string): void =>
      reject(new OperatorsError('compile-failed', `${command} could not build the fused operators: ${reason}`));
    child.on('error', (error) => fail(error.message));
    child.on('close', (status) => (status === 0 ? resolve() : fail(output.trim())));
  });
}

/** A folder of its own: two processes may compile at once, and the last rename wins with the same bytes. */
async function makeWorkFolder(root: string): Promise<string> {
  try {
    await mkdir(root, { recursive: true });
    return await mkdtemp(join(root, 'compiling-'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorsError(
      'cache-not-writable',
      `The fused operators are not in the cache and can't be put there: ${reason}. Run 'foretoken setup' once as a user who may write there, or name another folder with FORETOKEN_CACHE.`,
      { cause },
    );
  }
}

/** What the compiled bytes must fit. N-API's version is among the flags. */
async function keyOf(names: readonly string[], rest: object): Promise<string> {
  const { platform, arch } = process;
  const hash = createHash('sha256').update(JSON.stringify([FLAGS, rest, platform, arch]));
  for (const name of names) hash.update(name).update(await readFile(join(SOURCES, name)));
  return hash.digest('hex').slice(0, 24);
}

/** Every compiled addon in a cache, whether it is what was compiled or not. */
export async function verifyCompiledOperators(
  cacheDirectory: string,
): Promise<readonly { readonly path: string; readonly state: 'intact' | 'changed' }[]> {
  const root = join(cacheDirectory, 'operators');
  const verified: { readonly path: string; readonly state: 'intact' | 'changed' }[] = [];
  for (const folder of await readdir(root).catch(() => [])) {
    const path = join(root, folder, ADDON);
    const state = await readCompiled(path, CONTENT).then(
      // Without a record it is not used.
      (bytes) => bytes && ('intact' as const),
      () => 'changed' as const,
    );
    if (state !== undefined) verified.push({ path, state });
  }
  return verified;
}

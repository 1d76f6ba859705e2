import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DEFINES, KERNELS } from '../src/kernel-sources.js';

const native = fileURLToPath(new URL('../src/native', import.meta.url));

const listed = (folder) => readdirSync(join(native, folder)).map((name) => join(folder, name));

/** The other sources of a program in native/testing: for the CPU, also for a GPU, or for a fake one on the host. */
const sourcesOf = (program, device) =>
  [...listed('.'), ...(device === 'cpu' ? [] : listed('cuda')), ...(device === 'host' ? listed('cuda/host') : [])]
    .filter((name) => name.endsWith('.cc') && !(name in KERNELS.x64))
    .concat(`testing/${program}.cc`);

const FLAGS = ['-std=c++17', '-O3', '-fno-math-errno', '-pthread', '-Wno-psabi', '-ffp-contract=fast'];

const waiting = [];
let running = 0;

/** Starts the compiler when a core is free. */
async function compile(compiler, options) {
  if (running >= availableParallelism()) await new Promise((resolve) => waiting.push(resolve));
  running++;
  try {
    const { stderr } = await promisify(execFile)(compiler, options, { maxBuffer: 64 << 20 });
    process.stderr.write(stderr);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

/**
 * Compiles one source of kernels for a target, into the namespace `name`.
 *
 * @returns the object's path.
 */
export async function compileKernels({
  compiler,
  folder,
  source,
  target,
  architecture = process.arch,
  flags = [],
  name = target,
  sources = native,
}) {
  const object = join(folder, `${architecture}-${source}-${name}.o`);
  const { flags: own, targets } = KERNELS[architecture][source];
  const options = [...FLAGS, ...flags, ...own, ...targets[target], `-DFORETOKEN_TARGET=${name}`];
  await compile(compiler, [...options, '-c', join(sources, source), '-o', object]);
  return object;
}

/** Each its own way, so that a cache of the compiler finds what did not change. */
async function compileSource(name, { compiler, folder, options }) {
  const object = join(folder, `${name.replaceAll('/', '-')}.o`);
  // The GPU's kernels are compiled without contraction as well.
  const contraction = name.startsWith('cuda/') ? ['-ffp-contract=off', '-Wno-unknown-pragmas'] : [];
  await compile(compiler, [...options, ...contraction, '-c', join(native, name), '-o', object]);
  return object;
}

/**
 * Compiles a program of native/testing for a processor into `folder`.
 *
 * @returns its path.
 */
export async function buildProgram({
  name,
  folder,
  compiler,
  architecture = process.arch,
  flags = [],
  objects = [],
  device = 'cpu',
}) {
  const options = [...FLAGS, ...flags, DEFINES[architecture]];
  const parts = await Promise.all([
    ...Object.entries(KERNELS[architecture]).flatMap(([source, { targets }]) =>
      Object.keys(targets).map((target) => compileKernels({ compiler, folder, source, target, architecture, flags })),
    ),
    ...sourcesOf(name, device).map((source) => compileSource(source, { compiler, folder, options })),
    ...objects,
  ]);
  const program = join(folder, `${name}-${architecture}`);
  // The fake driver is found in the program itself.
  await compile(compiler, [...options, ...parts, '-rdynamic', '-ldl', '-o', program]);
  return program;
}

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFINES, KERNELS } from '../src/kernel-sources.js';

const native = fileURLToPath(new URL('../src/native', import.meta.url));

/** The other sources of a program in native/testing. What needs TensorFlow or Node stays out. */
const sourcesOf = (program) =>
  readdirSync(native)
    .filter(
      (name) =>
        name.endsWith('.cc') &&
        !(name in KERNELS.x64) &&
        !['addon.cc', 'chain-guesses.cc', 'tensorflow-operators.cc'].includes(name),
    )
    .concat(`testing/${program}.cc`)
    .map((name) => join(native, name));

const FLAGS = ['-std=c++17', '-O3', '-fno-math-errno', '-pthread', '-Wno-psabi', '-ffp-contract=fast'];

/**
 * Compiles one source of kernels for a target, into the namespace `name`.
 *
 * @returns the object's path.
 */
export function compileKernels({
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
  execFileSync(compiler, [...options, '-c', join(sources, source), '-o', object], { stdio: 'inherit' });
  return object;
}

/**
 * Compiles a program of native/testing for a processor into `folder`.
 *
 * @returns its path.
 */
export function buildProgram({ name, folder, compiler, architecture = process.arch, flags = [], objects = [] }) {
  const compiled = Object.entries(KERNELS[architecture]).flatMap(([source, { targets }]) =>
    Object.keys(targets).map((target) => compileKernels({ compiler, folder, source, target, architecture, flags })),
  );
  const program = join(folder, `${name}-${architecture}`);
  const options = [...FLAGS, ...flags, DEFINES[architecture], ...sourcesOf(name)];
  execFileSync(compiler, [...options, ...compiled, ...objects, '-o', program], { stdio: 'inherit' });
  return program;
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('../src/native', import.meta.url));

/** The source that is compiled once for each target. */
export const kernelSource = join(native, 'kernels.cc');

/** Flags of this processor's targets, as in compile-operators.ts. */
export const targets =
  process.arch === 'x64'
    ? {
        portable: [],
        avx2: ['-mavx2', '-mfma', '-mf16c'],
        avx512: ['-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512dq', '-mavx2', '-mfma', '-mf16c'],
      }
    : { portable: [] };

/** The other sources of a program in native/testing. What needs TensorFlow or Node stays out. */
export const sourcesOf = (program) =>
  readdirSync(native)
    .filter((name) => name.endsWith('.cc') && !['kernels.cc', 'addon.cc', 'tensorflow-operators.cc'].includes(name))
    .concat(`testing/${program}.cc`)
    .map((name) => join(native, name));

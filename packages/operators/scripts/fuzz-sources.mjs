import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('../src/native', import.meta.url));

/** The source that is compiled once for each target. */
export const kernelSource = join(native, 'kernels.cc');

/** The other sources of the native fuzz driver. What needs TensorFlow or Node stays out: it is a program of its own. */
export const fuzzSources = readdirSync(native)
  .filter((name) => name.endsWith('.cc') && !['kernels.cc', 'addon.cc', 'tensorflow-operators.cc'].includes(name))
  .concat('testing/fuzz.cc')
  .map((name) => join(native, name));

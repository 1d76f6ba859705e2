import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The functions of `node:util` that tfjs-node 4.22 calls and Node 23 removed. */
const REMOVED: Readonly<Record<string, (value: unknown) => boolean>> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: Array.isArray,
};

/**
 * Sets what TensorFlow reads once, when its library is loaded. A variable that the user set stays as it is.
 *
 * @param threads size of TensorFlow's thread pools; its own default is one thread a core.
 */
export function prepareProcess(options: { readonly threads?: number }): void {
  // On AMD processors it is off by default and worth up to 1.6x there.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  // 2: errors only. TensorFlow's banner would mix with the program's own output.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (options.threads !== undefined) {
    process.env.TF_NUM_INTRAOP_THREADS = String(options.threads);
    process.env.TF_NUM_INTEROP_THREADS = String(options.threads);
  }
  // The ES module namespace of node:util is frozen; the CommonJS object that tfjs-node reads is not.
  const util: Record<string, unknown> = require('node:util');
  for (const [name, definition] of Object.entries(REMOVED)) util[name] ??= definition;
}

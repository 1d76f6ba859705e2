import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { TensorFlowError } from '../errors.js';
import type { TensorFlow } from '../tensorflow-types.js';

// The CommonJS builds: the ES module builds of tfjs import without file extensions, which Node refuses.
const require = createRequire(import.meta.url);

/**
 * tfjs on WebAssembly (SIMD and threads where Node has them).
 *
 * @throws {TensorFlowError} `load-failed` when the WebAssembly module does not start.
 */
export async function loadWasm(options: { readonly threads?: number }): Promise<TensorFlow> {
  const tf: TensorFlow = require('@tensorflow/tfjs-core');
  const wasm: typeof import('@tensorflow/tfjs-backend-wasm') = require('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  if (options.threads !== undefined) wasm.setThreadsCount(options.threads);
  if (!(await tf.setBackend('wasm'))) {
    throw new TensorFlowError('load-failed', 'The WebAssembly backend of tfjs did not start; use device "js".');
  }
  await tf.ready();
  return tf;
}

/** tfjs in plain JavaScript: runs everywhere, slowest. */
export async function loadJs(): Promise<TensorFlow> {
  const tf: TensorFlow = require('@tensorflow/tfjs-core');
  require('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  await tf.ready();
  // The first tensor makes tfjs print a banner that recommends tfjs-node, except in its production mode.
  const production = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  tf.scalar(0).dispose();
  tf.env().set('PROD', production);
  return tf;
}

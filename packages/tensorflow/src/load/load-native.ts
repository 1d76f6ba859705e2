import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeDevice } from '../build/pinned-release.js';
import { TensorFlowError } from '../errors.js';
import type { NativeTensorFlow } from '../tensorflow-types.js';

/** Packages that carry a device's binding when their install script could run. */
const PACKAGES: Readonly<Record<NativeDevice, string>> = {
  cuda: '@tensorflow/tfjs-node-gpu',
  cpu: '@tensorflow/tfjs-node',
};

/** Folders of installed bindings for a device, the project's own first. */
export function installedBindings(device: NativeDevice): string[] {
  const origins = [join(process.cwd(), 'package.json'), fileURLToPath(import.meta.url)];
  const found = new Set<string>();
  for (const origin of origins) {
    try {
      found.add(dirname(createRequire(origin).resolve(`${PACKAGES[device]}/package.json`)));
    } catch {
      // Not installed there.
    }
  }
  return [...found].filter((directory) => existsSync(join(directory, 'lib', 'napi-v8', 'tfjs_binding.node')));
}

/**
 * Loads tfjs-node from its folder into this process.
 *
 * @throws {TensorFlowError} `load-failed` with the loader's own words.
 */
export function requireTfjsNode(directory: string): NativeTensorFlow {
  const argv = process.argv;
  try {
    // node-pre-gyp reads the program's arguments as its own when it looks for the binding.
    process.argv = argv.slice(0, 2);
    const tf: NativeTensorFlow = createRequire(join(directory, 'package.json'))(directory);
    return tf;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new TensorFlowError('load-failed', `The TensorFlow binding in ${directory} does not load: ${reason}`, {
      cause,
    });
  } finally {
    process.argv = argv;
  }
}

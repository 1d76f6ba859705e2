import { join } from 'node:path';
import { buildLayout } from './build/build-layout.js';
import { isBuilt } from './build/build-manifest.js';
import { findCompiler } from './build/find-compiler.js';
import { type NativeDevice, TENSORFLOW_VERSION } from './build/pinned-release.js';
import { cacheDirectory } from './cache-directory.js';

/** What compiles an addon against the TensorFlow that `loadTensorFlow` loads from its cache. */
export interface AddonToolchain {
  /**
   * Command of the C++ compiler; may carry a launcher or flags. `undefined`: there is none, and only what was compiled
   * before can be loaded.
   */
  readonly compiler: string | undefined;
  /** Version of that TensorFlow: an addon fits no other one. */
  readonly tensorflowVersion: string;
  /** Folders with TensorFlow's and Node's headers. */
  readonly includeFolders: readonly string[];
  /** Folder with `libtensorflow_framework.so.2`. */
  readonly libraryFolder: string;
}

/**
 * Finds the compiler, headers and libraries to build another addon with. Useful for operators that register with the
 * loaded TensorFlow. `undefined` when TensorFlow is not a build in the cache.
 */
export async function addonToolchain(
  options: {
    readonly device?: NativeDevice;
    /** Where the native binding is kept. @default cacheDirectory() */
    readonly cacheDirectory?: string;
  } = {},
): Promise<AddonToolchain | undefined> {
  const layout = buildLayout(options.cacheDirectory ?? cacheDirectory(), options.device ?? 'cpu');
  const [compiler, built] = await Promise.all([findCompiler(), isBuilt(layout)]);
  if (!built) return undefined;
  return {
    compiler: compiler?.command,
    tensorflowVersion: TENSORFLOW_VERSION,
    includeFolders: [join(layout.tensorflow, 'include'), join(layout.nodeApiHeaders, 'include')],
    libraryFolder: layout.tensorflow,
  };
}

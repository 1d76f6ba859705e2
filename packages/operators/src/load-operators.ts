import { createRequire } from 'node:module';
import { type CompileListener, compileOperators, type OperatorsToolchain } from './compile-operators.js';
import { OperatorsError } from './errors.js';
import type { NativeAddon } from './native-addon.js';
import { NativeOperators } from './native-operators.js';

export interface LoadOperatorsOptions {
  readonly toolchain: OperatorsToolchain;
  /** Where the compiled addon is kept; `cacheDirectory` of `@foretoken/tensorflow` gives the usual place. */
  readonly cacheDirectory: string;
  /** Told when the addon is compiled, which takes half a minute. Not called when it comes from the cache. */
  readonly onProgress?: CompileListener;
}

/**
 * Compiles the operators on first use, loads them into this process and registers them with the TensorFlow that tfjs
 * has loaded before. From then on any SavedModel may use ForetokenLinear, ForetokenAttention and ForetokenProgram.
 *
 * @throws {OperatorsError} `unsupported-platform`, `compile-failed`, `load-failed`; `invalid-option` when
 *   FORETOKEN_THREADS is not a number of threads.
 */
export async function loadOperators(options: LoadOperatorsOptions): Promise<NativeOperators> {
  const threads = process.env.FORETOKEN_THREADS;
  if (threads && !(/^\d{1,4}$/.test(threads) && Number(threads) >= 1 && Number(threads) <= 1024)) {
    throw new OperatorsError('invalid-option', `FORETOKEN_THREADS is ${JSON.stringify(threads)}; use 1 to 1024.`);
  }
  const path = await compileOperators(options);
  try {
    const addon: NativeAddon = createRequire(path)(path);
    addon.registerOperators();
    return new NativeOperators(addon);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorsError(
      'load-failed',
      `The fused operators in ${path} do not load: ${reason}. They need the native TensorFlow to be loaded before.`,
      { cause },
    );
  }
}

import { createRequire } from 'node:module';
import { compileOperators, type LoadOperatorsOptions } from './compile-operators.js';
import { checkOperatorsVariables } from './environment.js';
import { OperatorsError } from './errors.js';
import type { NativeAddon } from './native-addon.js';
import { NativeOperators } from './native-operators.js';

/**
 * Compiles the operators on first use, loads them into this process and registers them with the TensorFlow that tfjs
 * has loaded before. From then on any SavedModel may use ForetokenProgram.
 *
 * @throws {OperatorsError} what `compileOperators` throws; `load-failed`; `invalid-option` when FORETOKEN_THREADS is not a
 *   number of threads, or FORETOKEN_INSTRUCTIONS no instruction set of this processor.
 */
export async function loadOperators(options: LoadOperatorsOptions): Promise<NativeOperators> {
  checkOperatorsVariables(process.env);
  const path = await compileOperators(options);
  const operators = load(path);
  const wanted = process.env.FORETOKEN_INSTRUCTIONS;
  if (wanted && operators.instructions !== wanted) {
    throw new OperatorsError(
      'invalid-option',
      `FORETOKEN_INSTRUCTIONS is "${wanted}", which this processor does not have. Leave it out to take "${operators.instructions}".`,
    );
  }
  return operators;
}

function load(path: string): NativeOperators {
  try {
    const addon: NativeAddon = createRequire(path)(path);
    addon.registerOperators();
    return new NativeOperators(addon, path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorsError(
      'load-failed',
      `The fused operators in ${path} do not load: ${reason}. They need the native TensorFlow to be loaded before, and a machine like the one that compiled them: delete the file to have it compiled anew.`,
      { cause },
    );
  }
}

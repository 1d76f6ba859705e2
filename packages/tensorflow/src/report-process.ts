import { availableParallelism } from 'node:os';
import { nativeBinding } from './load/native-binding.js';
import type { TensorFlowReport } from './report.js';
import type { TensorFlow } from './tensorflow-types.js';

/** The part of a report that is read from this process. */
export function describeProcess(options: {
  readonly tf: TensorFlow;
  readonly cacheDirectory: string;
}): Omit<TensorFlowReport, 'devices'> {
  return {
    ...describeSettings(options.cacheDirectory),
    versions: {
      node: process.versions.node,
      tfjs: options.tf.version_core,
      tensorflow: nativeBinding(options.tf)?.TF_Version,
    },
  };
}

/** The part that is known before anything is loaded. */
export function describeSettings(
  cacheDirectory: string,
): Pick<TensorFlowReport, 'cacheDirectory' | 'threads' | 'oneDnn'> {
  return {
    cacheDirectory,
    threads: {
      cores: availableParallelism(),
      intraOp: readCount('TF_NUM_INTRAOP_THREADS'),
      interOp: readCount('TF_NUM_INTEROP_THREADS'),
    },
    oneDnn: process.env.TF_ENABLE_ONEDNN_OPTS !== '0',
  };
}

function readCount(variable: string): number | undefined {
  const value = Number(process.env[variable]);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

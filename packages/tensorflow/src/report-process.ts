import { availableParallelism } from 'node:os';
import type { TensorFlowReport } from './report.js';

/** The part of a report that is known before anything is loaded. */
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

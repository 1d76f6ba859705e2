import type { ExecutorKind, KvPrecision, LoadModelOptions } from '@foretoken/backend';
import type { CalibrationOptions } from '@foretoken/core';

/** The model that is taken when none is named: small enough for any machine. */
export const DEFAULT_MODEL = 'smollm2-135m-instruct';

/** Most tokens of a generation that names no limit. */
export const DEFAULT_MAX_TOKENS = 256;

/**
 * Guesses a round, for controllers that don't know what a forward costs. On native TensorFlow a forward of eight rows
 * (seven guesses and the token they hang off) costs little more than one of one row; on the portable backends the cost
 * grows with every row.
 */
export function defaultDepth(device: string): number {
  return device === 'wasm' || device === 'js' ? 3 : 7;
}

/** Longest run of guesses that may be asked for: a forward of more tokens costs more than such a guess ever wins. */
export const MAX_DEPTH = 64;

/**
 * How forwards are measured before the first answer: a second or two on a model of a billion parameters, less on a
 * smaller one. Larger ones too where several sequences share a forward.
 */
export function calibrationFor(device: string, sequences: number): CalibrationOptions | undefined {
  switch (device) {
    case 'js':
      return undefined;
    case 'wasm':
      return { sizes: [1, 4], repetitions: 1 };
    default:
      return sequences > 1 ? { sizes: [1, 2, 4, 8, 16, 32] } : {};
  }
}

/** Where a model may run; `auto` takes the best there is. */
export const DEVICES = ['auto', 'cuda', 'cpu', 'wasm', 'js'] as const satisfies readonly LoadModelOptions['device'][];

/** How a model may be run. */
export const EXECUTORS = ['fused', 'graph', 'eager'] as const satisfies readonly ExecutorKind[];

/** What a KV cache may keep numbers in. */
export const KV_PRECISIONS = ['float32', 'float16'] as const satisfies readonly KvPrecision[];

import { ARITHMETICS, type Arithmetic, DEFAULT_ARITHMETIC, InvalidArgumentError } from '@foretoken/core';
import type { ExecutorKind } from '../executors/executor.js';

/**
 * The wanted arithmetic, or the default of the executor.
 *
 * @throws {InvalidArgumentError} for one that does not exist, or that the executor does not have.
 */
export function chooseArithmetic(wanted: Arithmetic | undefined, executor: ExecutorKind): Arithmetic {
  if (wanted === undefined) return executor === 'fused' ? DEFAULT_ARITHMETIC : 'exact';
  if (!ARITHMETICS.includes(wanted)) {
    throw new InvalidArgumentError(`arithmetic must be exact or integer, not ${JSON.stringify(wanted)}.`, {
      arithmetic: wanted,
    });
  }
  if (wanted === 'exact' || executor === 'fused') return wanted;
  throw new InvalidArgumentError(
    `arithmetic ${wanted} needs the executor 'fused', but this model runs on '${executor}'. Leave it out.`,
    { arithmetic: wanted, executor },
  );
}

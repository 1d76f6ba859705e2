import { ARITHMETICS, type Arithmetic, DEFAULT_ARITHMETIC, InvalidArgumentError } from '@foretoken/core';
import type { ExecutorKind } from '../executors/executor.js';

/**
 * The wanted arithmetic, or the default of the executor. A GPU unpacks weights exactly and has activations in halves.
 *
 * @throws {InvalidArgumentError} for one that does not exist, or that the executor does not have.
 */
export function chooseArithmetic(
  wanted: Arithmetic | undefined,
  executor: ExecutorKind,
  on: { readonly gpu: boolean } = { gpu: false },
): Arithmetic {
  if (wanted === undefined) return executor === 'fused' && !on.gpu ? DEFAULT_ARITHMETIC : 'exact';
  if (!ARITHMETICS.includes(wanted)) {
    throw new InvalidArgumentError(`arithmetic must be exact or integer, not ${JSON.stringify(wanted)}.`, {
      arithmetic: wanted,
    });
  }
  if (wanted === 'exact' || (executor === 'fused' && !on.gpu)) return wanted;
  if (on.gpu) {
    throw new InvalidArgumentError(`arithmetic ${wanted} is the CPU's; on a GPU leave it out, or take exact.`, {
      arithmetic: wanted,
    });
  }
  throw new InvalidArgumentError(
    `arithmetic ${wanted} needs the executor 'fused', but this model runs on '${executor}'. Leave it out.`,
    { arithmetic: wanted, executor },
  );
}

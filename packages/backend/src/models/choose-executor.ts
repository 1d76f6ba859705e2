import { ForetokenError } from '@foretoken/core';
import type { Gpu, NativeOperators } from '@foretoken/operators';
import type { LoadedTensorFlow, NativeTensorFlow } from '@foretoken/tensorflow';
import type { ExecutorKind } from '../executors/executor.js';
import { type LoadFusedOperatorsOptions, loadFusedOperators } from '../executors/fused/load-fused-operators.js';

/** An executor with what it runs on. */
export type ChosenExecutor =
  | {
      readonly kind: 'fused';
      readonly tensorFlow: NativeTensorFlow;
      readonly operators: NativeOperators;
      /** Where its passes run. @default the CPU */
      readonly gpu?: Gpu;
    }
  | {
      readonly kind: 'graph';
      readonly tensorFlow: NativeTensorFlow;
      /** Why not `fused`; absent when it was not wanted. */
      readonly reason?: string;
    }
  | { readonly kind: 'eager'; readonly tensorFlow: LoadedTensorFlow['tf'] };

/**
 * The wanted executor, or the fastest that this process can have: fused operators on cpu, the graph on cuda and where
 * they can't be had, eager elsewhere.
 *
 * @throws {ForetokenError} `executor-unavailable` with the reason, when one is wanted that can't be had.
 */
export async function chooseExecutor(
  wanted: ExecutorKind | undefined,
  loaded: LoadedTensorFlow,
  options: LoadFusedOperatorsOptions = {},
): Promise<ChosenExecutor> {
  const native = loaded.device === 'cuda' || loaded.device === 'cpu' ? loaded.tf : undefined;
  if (wanted === 'eager') return { kind: 'eager', tensorFlow: loaded.tf };
  if (native === undefined) {
    if (wanted === undefined) return { kind: 'eager', tensorFlow: loaded.tf };
    throw unavailable(wanted, `it needs native TensorFlow, but the device is '${loaded.device}'.`, loaded.device);
  }
  if (wanted === 'graph') return { kind: 'graph', tensorFlow: native };
  const fused = await loadFusedOperators(loaded, options);
  if (fused.kind === 'loaded') return { kind: 'fused', tensorFlow: native, operators: fused.operators };
  if (wanted === undefined) return { kind: 'graph', tensorFlow: native, reason: fused.reason };
  throw unavailable(wanted, fused.reason, loaded.device);
}

function unavailable(executor: ExecutorKind, reason: string, device: string): ForetokenError {
  return new ForetokenError(
    `The executor '${executor}' can't be had: ${reason} Leave the executor out to take the best there is.`,
    { code: 'executor-unavailable', details: { executor, device } },
  );
}

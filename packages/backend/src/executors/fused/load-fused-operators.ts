import { loadOperators, type NativeOperators, OperatorsError } from '@foretoken/operators';
import { addonToolchain, cacheDirectory } from '@foretoken/tensorflow';
import type { Device, ProgressListener } from '@foretoken/tensorflow/status';

/** The fused operators of this process, or why there are none. */
export type FusedOperators =
  | { readonly kind: 'loaded'; readonly operators: NativeOperators }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface LoadFusedOperatorsOptions {
  /** Where they are compiled to. @default the cache folder of `@foretoken/tensorflow` */
  readonly cacheDirectory?: string;
  /** Called when they are compiled, which happens once per machine and takes about 20 seconds. */
  readonly onProgress?: ProgressListener;
}

/** They register with TensorFlow once a process. */
let loading: Promise<FusedOperators> | undefined;

/**
 * Compiles the fused operators on first use and loads them beside the native TensorFlow of this process. If they are
 * not available, it returns the reason instead of throwing, because TensorFlow's own operations do the same work, more
 * slowly.
 *
 * @throws {OperatorsError} `invalid-option` for a variable of the environment whose value can't be, `damaged` for a
 * compiled addon that was changed.
 */
export function loadFusedOperators(
  tensorFlow: { readonly device: Device },
  options: LoadFusedOperatorsOptions = {},
): Promise<FusedOperators> {
  if (tensorFlow.device !== 'cpu') {
    return Promise.resolve({ kind: 'unavailable', reason: `They run on cpu, not on ${tensorFlow.device}.` });
  }
  loading ??= load(options);
  return loading;
}

async function load(options: LoadFusedOperatorsOptions): Promise<FusedOperators> {
  const { cacheDirectory: directory = cacheDirectory(), onProgress } = options;
  try {
    const toolchain = await addonToolchain({ cacheDirectory: directory });
    if (toolchain === undefined) {
      const reason = `The fused operators need the TensorFlow that foretoken builds, which is not in ${directory}: remove the @tensorflow/tfjs-node that was taken in its place, and run 'foretoken setup'.`;
      return { kind: 'unavailable', reason };
    }
    const progress = onProgress ? { onProgress } : {};
    const operators = await loadOperators({ toolchain, cacheDirectory: directory, ...progress });
    return { kind: 'loaded', operators };
  } catch (error) {
    // Slower answers in their place would hide that somebody changed what this user runs.
    if (error instanceof OperatorsError && (error.code === 'invalid-option' || error.code === 'damaged')) throw error;
    return { kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) };
  }
}

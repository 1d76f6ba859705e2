import { loadOperators, type NativeOperators } from '@foretoken/operators';
import { addonToolchain, cacheDirectory, type LoadedTensorFlow } from '@foretoken/tensorflow';

/** The fused operators of this process, or why there are none. */
export type FusedOperators =
  | { readonly kind: 'loaded'; readonly operators: NativeOperators }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** They register with TensorFlow once a process. */
let loading: Promise<FusedOperators> | undefined;

/**
 * Compiles the fused operators on first use and loads them beside the native TensorFlow of this process. Never throws:
 * TensorFlow's own operations do the same work, slower.
 */
export function loadFusedOperators(
  tensorFlow: LoadedTensorFlow,
  options: { readonly cacheDirectory?: string } = {},
): Promise<FusedOperators> {
  if (tensorFlow.device !== 'cpu') {
    return Promise.resolve({ kind: 'unavailable', reason: `They run on cpu, not on ${tensorFlow.device}.` });
  }
  loading ??= load(options.cacheDirectory ?? cacheDirectory());
  return loading;
}

async function load(directory: string): Promise<FusedOperators> {
  try {
    const toolchain = await addonToolchain({ cacheDirectory: directory });
    if (toolchain === undefined) {
      const reason = 'They need a C++ compiler, and the TensorFlow that was built into the cache.';
      return { kind: 'unavailable', reason };
    }
    return { kind: 'loaded', operators: await loadOperators({ toolchain, cacheDirectory: directory }) };
  } catch (error) {
    return { kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) };
  }
}

import { addonToolchain, cacheDirectory, loadTensorFlow, type NativeTensorFlow } from '@foretoken/tensorflow';
import { loadOperators } from '../load-operators.js';
import type { NativeOperators } from '../native-operators.js';

/** Native TensorFlow with the operators registered. */
export interface Native {
  readonly tf: NativeTensorFlow;
  readonly operators: NativeOperators;
}

export async function loadNative(): Promise<Native> {
  const loaded = await loadTensorFlow({ device: 'cpu' });
  if (loaded.device !== 'cpu') throw new Error('native TensorFlow is needed');
  const toolchain = await addonToolchain();
  if (!toolchain) throw new Error('a C++ compiler is needed');
  return { tf: loaded.tf, operators: await loadOperators({ toolchain, cacheDirectory: cacheDirectory() }) };
}

import { nativeBinding } from './load/native-binding.js';
import type { LoadedTensorFlow } from './load-tensorflow.js';

/**
 * Number of tensors that the native library holds for this process: a leak test compares it before and after.
 * `undefined` on the wasm and js devices, where `tf.memory().numTensors` counts them all.
 */
export function nativeTensorCount(loaded: LoadedTensorFlow): number | undefined {
  return nativeBinding(loaded.tf)?.getNumOfTensors();
}

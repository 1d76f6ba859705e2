import type { TensorFlow } from '../tensorflow-types.js';

/** What this package reads from the addon behind tfjs-node's backend. */
interface NativeBinding {
  readonly TF_Version: string;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
}

/** The addon of the current backend; `undefined` on the wasm and js devices. */
export function nativeBinding(tf: TensorFlow): NativeBinding | undefined {
  const backend: object = tf.backend();
  if (!('binding' in backend)) return undefined;
  const { binding } = backend;
  return isNativeBinding(binding) ? binding : undefined;
}

function isNativeBinding(value: unknown): value is NativeBinding {
  return typeof value === 'object' && value !== null && 'TF_Version' in value && 'getNumOfTensors' in value;
}

import type { TensorFlow } from '../tensorflow-types.js';

/** What this package reads from the addon behind tfjs-node's backend. */
interface NativeBinding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/** The addon of the current backend; `undefined` on the wasm and js devices. */
export function nativeBinding(tf: TensorFlow): NativeBinding | undefined {
  const backend: object = tf.backend();
  return (backend as { readonly binding?: NativeBinding }).binding;
}

import type { Wheel } from '../wheel/fetch-wheel.js';
import { cudaLibraries } from './pinned-cuda-libraries.js';

/** The one TensorFlow release that this package builds against. */
export const TENSORFLOW_VERSION = '2.21.0';
/** The addon's sources and its JavaScript; with all they need in `tfjs-node-lock.json`. */
export const TFJS_NODE_VERSION = '4.22.0';

export type NativeDevice = 'cuda' | 'cpu';

const cpuX64: Wheel = {
  package: 'tensorflow-cpu',
  version: TENSORFLOW_VERSION,
  name: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  size: 273_829_956,
};

// There is no tensorflow-cpu wheel for arm64 Linux; the plain one has no CUDA code there.
const cpuArm64: Wheel = {
  package: 'tensorflow',
  version: TENSORFLOW_VERSION,
  name: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
  sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  size: 281828020,
};

const cudaX64: Wheel = {
  package: 'tensorflow',
  version: TENSORFLOW_VERSION,
  name: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
  sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
  size: 572_440_367,
};

/** The wheels for a device of this machine, TensorFlow's own first; `undefined` where none are pinned. */
export function pinnedWheels(device: NativeDevice): readonly Wheel[] | undefined {
  const { platform, arch } = process;
  if (platform !== 'linux') return undefined;
  if (device === 'cuda') return arch === 'x64' ? [cudaX64, ...cudaLibraries] : undefined;
  if (arch === 'x64') return [cpuX64];
  return arch === 'arm64' ? [cpuArm64] : undefined;
}

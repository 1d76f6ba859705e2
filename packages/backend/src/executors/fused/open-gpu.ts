import { Gpu, type NativeOperators, WEIGHT_FORMATS } from '@foretoken/operators';
import { cacheDirectory, findNvrtc, nvrtcLibrary } from '@foretoken/tensorflow';
import type { ProgressListener } from '@foretoken/tensorflow/status';

export interface OpenGpuOptions {
  /** Where NVRTC and compiled kernels are kept. @default the cache folder of `@foretoken/tensorflow` */
  readonly cacheDirectory?: string;
  /** Whether NVRTC may be fetched (90 MB) when this machine has none. @default true */
  readonly allowDownload?: boolean;
  /** Told when NVRTC is fetched and kernels are compiled, once for a GPU. */
  readonly onProgress?: ProgressListener;
}

/** Models of a process share its GPU: weights that two programs use lie there once. */
const opened = new WeakMap<NativeOperators, Gpu>();

/**
 * The GPU that the fused operators run on, opened when it is first asked for. `FORETOKEN_CUDA_DRIVER` names another file
 * of NVIDIA's driver library.
 *
 * @throws {OperatorsError} `no-gpu-driver`, `gpu-driver-too-old`, `no-gpu`, `gpu-too-old`.
 */
export function openGpu(operators: NativeOperators, options: OpenGpuOptions = {}): Gpu {
  const before = opened.get(operators);
  if (before !== undefined) return before;
  const { cacheDirectory: directory = cacheDirectory(), allowDownload = true, onProgress } = options;
  const progress = onProgress ? { onProgress } : {};
  const driver = process.env.FORETOKEN_CUDA_DRIVER;
  const gpu = Gpu.open({
    operators,
    cacheDirectory: directory,
    compiler: {
      find: () => findNvrtc({ cacheDirectory: directory }),
      obtain: () => nvrtcLibrary({ cacheDirectory: directory, allowDownload, ...progress }),
    },
    ...progress,
    ...(driver ? { driver } : {}),
  });
  opened.set(operators, gpu);
  return gpu;
}

/** Compiles the kernels for weights of every format, so that no model has to wait for them. */
export function prepareGpu(gpu: Gpu): Promise<void> {
  return gpu.prepare(WEIGHT_FORMATS);
}

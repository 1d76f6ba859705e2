import { buildTensorFlow } from './build/build-tensorflow.js';
import type { NativeDevice } from './build/pinned-release.js';
import { cacheDirectory } from './cache-directory.js';
import { TensorFlowError } from './errors.js';
import { detectGpu } from './load/detect-gpu.js';
import { withoutStartNoise } from './load/hold-stderr.js';
import { installedBindings, requireTfjsNode } from './load/load-native.js';
import { loadJs, loadWasm } from './load/load-portable.js';
import { nativeBinding } from './load/native-binding.js';
import { prepareProcess } from './load/prepare-process.js';
import { requirePrivateCache } from './private-cache.js';
import type { ProgressListener } from './progress.js';
import { DEVICES, type Device, type DeviceReport, type TensorFlowReport } from './report.js';
import { describeSettings } from './report-process.js';
import type { NativeTensorFlow, TensorFlow } from './tensorflow-types.js';
import { unavailable } from './unavailable.js';

export interface LoadTensorFlowOptions {
  /** `auto` uses the first available of cuda, cpu, wasm, js. @default 'auto' */
  readonly device?: 'auto' | Device;
  /** Where the native binding is kept. @default cacheDirectory() */
  readonly cacheDirectory?: string;
  /** Whether TensorFlow may be fetched (270 MB for cpu, 3.3 GB for cuda) when it is not in the cache. @default true */
  readonly allowDownload?: boolean;
  readonly onProgress?: ProgressListener;
  /** Size of TensorFlow's thread pools, a positive integer. @default one thread a core */
  readonly threads?: number;
  /**
   * Whether `cuda` looks for a GPU before it fetches its 3.3 GB. `false` builds the CUDA binding on a machine without
   * one (to prepare an image, say); loading it there still throws `no-gpu`.
   *
   * @default true
   */
  readonly checkGpu?: boolean;
}

/** tfjs on the selected device. */
export type LoadedTensorFlow =
  | { readonly device: NativeDevice; readonly tf: NativeTensorFlow; readonly report: TensorFlowReport }
  | { readonly device: 'wasm' | 'js'; readonly tf: TensorFlow; readonly report: TensorFlowReport };

/** Native TensorFlow is global to the process, also when two copies of this module are loaded. */
const LOADED = Symbol.for('foretoken.tensorflow.loaded');
const processState: typeof globalThis & { [LOADED]?: Promise<LoadedTensorFlow> } = globalThis;

/**
 * Loads TensorFlow into this process, fetching and building the native binding on the first use on a machine. A later
 * call gives what the first one loaded. Only one thread of a process may use the native devices.
 *
 * @throws {TensorFlowError} The code says why a named device is not available; `already-loaded` when another device was
 * loaded before; `invalid-option`; `cache-not-private`. `auto` finds a device in any other case.
 */
export async function loadTensorFlow(options: LoadTensorFlowOptions = {}): Promise<LoadedTensorFlow> {
  validate(options);
  const wanted = options.device ?? 'auto';
  for (let running = processState[LOADED]; running; running = processState[LOADED]) {
    const before = await running.catch(() => undefined);
    if (!before) continue;
    if (wanted === 'auto' || wanted === before.device) return before;
    throw new TensorFlowError(
      'already-loaded',
      `Device "${wanted}" was asked for, and this process already runs TensorFlow on "${before.device}". Use another process for another device.`,
    );
  }
  const loading = load(wanted === 'auto' ? DEVICES : [wanted], options).catch((error: unknown) => {
    // A failed attempt leaves nothing behind: the caller may try another device.
    delete processState[LOADED];
    throw error;
  });
  processState[LOADED] = loading;
  return loading;
}

/** What this process has loaded; `undefined` when nothing is, or the attempt failed. */
export function loadedTensorFlow(): Promise<LoadedTensorFlow | undefined> {
  return Promise.resolve(processState[LOADED]).catch(() => undefined);
}

function validate(options: LoadTensorFlowOptions): void {
  const { device = 'auto', threads } = options;
  if (device !== 'auto' && !DEVICES.includes(device)) {
    throw new TensorFlowError(
      'invalid-option',
      `device is ${JSON.stringify(device)}; use auto, ${DEVICES.join(', ')}.`,
    );
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new TensorFlowError('invalid-option', `threads is ${threads}; use a positive integer.`);
  }
}

interface Taken {
  readonly from: string;
  readonly device: Device;
  readonly tf: TensorFlow | NativeTensorFlow;
}

async function load(order: readonly Device[], options: LoadTensorFlowOptions): Promise<LoadedTensorFlow> {
  if (order.some((device) => device === 'cpu' || device === 'cuda')) {
    await requirePrivateCache(options.cacheDirectory ?? cacheDirectory());
  }
  prepareProcess(options);
  const failures = new Map<Device, DeviceReport>();
  for (const device of order) {
    try {
      const taken = await take(device, options, failures);
      return describe(taken, failures, options);
    } catch (error) {
      if (!(error instanceof TensorFlowError) || order.length === 1) throw error;
      failures.set(device, unavailable(device, error.code, error.message));
    }
  }
  throw new TensorFlowError('load-failed', 'No device could be loaded, not even plain JavaScript.');
}

async function take(
  device: Device,
  options: LoadTensorFlowOptions,
  failures: Map<Device, DeviceReport>,
): Promise<Taken> {
  switch (device) {
    case 'js':
      return { device, tf: await loadJs(), from: '@tensorflow/tfjs-backend-cpu' };
    case 'wasm':
      return { device, tf: await loadWasm(options), from: '@tensorflow/tfjs-backend-wasm' };
    case 'cpu':
      return takeNative(device, options);
    case 'cuda':
      return takeCuda(options, failures);
  }
}

async function takeCuda(options: LoadTensorFlowOptions, failures: Map<Device, DeviceReport>): Promise<Taken> {
  // Checked before anything is fetched: the CUDA libraries are gigabytes.
  if (options.checkGpu ?? true) {
    const gpu = await detectGpu();
    if (gpu.kind === 'none') throw new TensorFlowError('no-gpu', gpu.reason);
  }
  const taken = await takeNative('cuda', options);
  if (nativeBinding(taken.tf)?.isUsingGpuDevice()) return taken;
  const error = new TensorFlowError(
    'no-gpu',
    `TensorFlow from ${taken.from} loaded and found no GPU that it can use. Check the NVIDIA driver (nvidia-smi); set TF_CPP_MIN_LOG_LEVEL=0 to see its own words.`,
  );
  if (options.device === 'cuda') throw error;
  // The library is in the process for good, and computes on the CPU as the cpu build does.
  failures.set('cuda', unavailable('cuda', error.code, error.message));
  return { ...taken, device: 'cpu' };
}

async function takeNative(device: NativeDevice, options: LoadTensorFlowOptions): Promise<Taken> {
  const broken: string[] = [];
  for (const directory of installedBindings(device)) {
    try {
      return { device, tf: requireTfjsNode(directory), from: directory };
    } catch (error) {
      // An install that does not load is common (its script failed halfway): our own build replaces it.
      if (!(error instanceof TensorFlowError)) throw error;
      broken.push(error.message);
    }
  }
  try {
    return await takeOwnBuild(device, options);
  } catch (error) {
    if (!(error instanceof TensorFlowError) || broken.length === 0) throw error;
    throw new TensorFlowError(error.code, `${error.message} Tried before: ${broken.join(' ')}`, { cause: error });
  }
}

async function takeOwnBuild(device: NativeDevice, options: LoadTensorFlowOptions): Promise<Taken> {
  const layout = await buildTensorFlow({
    device,
    cacheDirectory: options.cacheDirectory ?? cacheDirectory(),
    allowDownload: options.allowDownload ?? true,
    onProgress: options.onProgress,
  });
  const tf = withoutStartNoise(layout.stderrHolder, () => requireTfjsNode(layout.tfjsNode));
  await tf.ready();
  return { device, tf, from: layout.tfjsNode };
}

function describe(
  taken: Taken,
  failures: ReadonlyMap<Device, DeviceReport>,
  options: LoadTensorFlowOptions,
): LoadedTensorFlow {
  const devices = DEVICES.map((device): DeviceReport => {
    if (device === taken.device) return { device, state: 'taken', from: taken.from };
    const failed = failures.get(device);
    if (failed) return failed;
    const named = options.device !== undefined && options.device !== 'auto';
    return {
      device,
      state: 'not-tried',
      reason: named ? `"${options.device}" was asked for` : `${taken.device} is faster`,
    };
  });
  const report: TensorFlowReport = {
    devices,
    ...describeSettings(options.cacheDirectory ?? cacheDirectory()),
    versions: {
      node: process.versions.node,
      tfjs: taken.tf.version_core,
      tensorflow: nativeBinding(taken.tf)?.TF_Version,
    },
  };
  if (taken.device === 'cuda' || taken.device === 'cpu') {
    return { device: taken.device, tf: taken.tf as NativeTensorFlow, report };
  }
  return { device: taken.device, tf: taken.tf, report };
}

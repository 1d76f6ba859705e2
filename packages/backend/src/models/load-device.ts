import type { GpuDescription } from '@foretoken/operators';
import {
  type Device,
  type DeviceReport,
  detectGpu,
  type LoadedTensorFlow,
  type LoadTensorFlowOptions,
  loadTensorFlow,
  type TensorFlowReport,
} from '@foretoken/tensorflow';
import type { ExecutorKind } from '../executors/executor.js';
import { openGpu } from '../executors/fused/open-gpu.js';
import { type ChosenExecutor, chooseExecutor } from './choose-executor.js';

export interface LoadDeviceOptions
  extends Pick<LoadTensorFlowOptions, 'device' | 'cacheDirectory' | 'allowDownload' | 'onProgress'> {
  /** @default the first that can be had */
  readonly executor?: ExecutorKind | undefined;
}

/** What passes run on. */
export interface LoadedDevice {
  readonly device: Device;
  readonly executor: ChosenExecutor;
  readonly report: TensorFlowReport;
}

/**
 * Loads TensorFlow and the executor of a model. On a GPU the fused operators need TensorFlow's build for CPUs only; the
 * one for CUDA, gigabytes large, is fetched for the executors `graph` and `eager`.
 *
 * @throws {ForetokenError} `executor-unavailable`.
 * @throws {TensorFlowError} where a named device can't be had: `no-gpu` on a machine without one.
 * @throws {OperatorsError} where `cuda` is named and the GPU that is there can't be used.
 */
export async function loadDevice(options: LoadDeviceOptions = {}): Promise<LoadedDevice> {
  const { executor: wanted, device = 'auto', ...fetching } = options;
  const fits = (device === 'auto' || device === 'cuda') && (wanted === undefined || wanted === 'fused');
  if (!fits || (await detectGpu()).kind === 'none') return loadOther(options);
  let tensorFlow: LoadedTensorFlow | undefined;
  try {
    tensorFlow = await loadTensorFlow({ ...fetching, device: 'cpu' });
    const executor = await chooseExecutor('fused', tensorFlow, fetching);
    if (executor.kind !== 'fused') throw new Error('the fused executor was asked for');
    const gpu = openGpu(executor.operators, fetching);
    const from = `foretoken's kernels on ${describeGpu(gpu.description)}`;
    return {
      device: 'cuda',
      executor: { ...executor, gpu },
      report: withCuda(tensorFlow.report, { device: 'cuda', state: 'taken', from }),
    };
  } catch (error) {
    if (device === 'cuda') throw error;
    const other = await loadOther(tensorFlow === undefined ? options : { ...options, device: 'cpu' });
    return { ...other, report: withCuda(other.report, unavailable(error)) };
  }
}

/** The same on the CPU, where the GPU was taken and could not run the model. */
export function withoutGpu({ executor, report }: LoadedDevice, error: unknown): LoadedDevice | undefined {
  if (executor.kind !== 'fused' || executor.gpu === undefined) return undefined;
  const { gpu: _, ...onCpu } = executor;
  const devices = report.devices.map(
    (entry): DeviceReport =>
      entry.device === 'cpu' && entry.state === 'available' ? { ...entry, state: 'taken' } : entry,
  );
  return { device: 'cpu', executor: onCpu, report: withCuda({ ...report, devices }, unavailable(error)) };
}

function describeGpu({ name, architecture, memory }: GpuDescription): string {
  const capability = `${Math.floor(architecture / 10)}.${architecture % 10}`;
  return `${name} (compute capability ${capability}, ${Math.round(memory / 1e9)} GB)`;
}

async function loadOther({ executor: wanted, ...loading }: LoadDeviceOptions): Promise<LoadedDevice> {
  const tensorFlow = await loadTensorFlow(loading);
  const executor = await chooseExecutor(wanted, tensorFlow, loading);
  return { device: tensorFlow.device, executor, report: tensorFlow.report };
}

/** The report with another entry for CUDA. */
function withCuda(report: TensorFlowReport, cuda: DeviceReport): TensorFlowReport {
  const devices = report.devices.map((entry): DeviceReport => {
    if (entry.device === 'cuda') return cuda;
    const passed = entry.state === 'taken' && cuda.state === 'taken';
    return passed ? { device: entry.device, state: 'available', from: entry.from } : entry;
  });
  return { ...report, devices };
}

function unavailable(error: unknown): DeviceReport {
  return {
    device: 'cuda',
    state: 'unavailable',
    code: 'load-failed',
    reason: error instanceof Error ? error.message : String(error),
    remedy: 'See the reason.',
  };
}

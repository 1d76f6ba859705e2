import { readdir } from 'node:fs/promises';
import { runCommand } from '../run-command.js';

export type GpuDetection =
  | { readonly kind: 'found'; readonly names: readonly string[] }
  | { readonly kind: 'none'; readonly reason: string };

/** Looks for an NVIDIA GPU with a driver, without loading TensorFlow. */
export async function detectGpu(): Promise<GpuDetection> {
  const result = await runCommand({ command: 'nvidia-smi', arguments: ['-L'] });
  if (result.kind === 'exited' && result.status === 0) {
    const names = result.output.split('\n').filter((line) => line.startsWith('GPU '));
    if (names.length > 0) return { kind: 'found', names };
  }
  // Containers may get the driver without its tools.
  const devices = await readdir('/proc/driver/nvidia/gpus').catch(() => []);
  if (devices.length > 0) return { kind: 'found', names: devices };
  const tool =
    result.kind === 'missing'
      ? 'nvidia-smi is not installed'
      : `nvidia-smi said: ${result.output.trim().split('\n')[0]}`;
  return { kind: 'none', reason: `No NVIDIA driver with a GPU answers (${tool}; /proc/driver/nvidia/gpus is empty).` };
}

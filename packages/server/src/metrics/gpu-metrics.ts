import { Gauge, type Registry } from 'prom-client';
import { type GpuReading, readGpus } from './gpu-reading.js';

/** nvidia-smi takes up to a second of a core: scrapes that come closer together share a reading. Milliseconds. */
const FRESH = 10_000;

/** Registers what the GPUs do. Where nobody answers for them, there are no values, and nobody is asked again. */
export function registerGpuMetrics(options: {
  readonly registry: Registry;
  readonly read?: () => Promise<readonly GpuReading[] | undefined>;
  readonly now?: () => number;
}): void {
  const { registry, read = readGpus, now = () => performance.now() } = options;
  let latest: { readonly at: number; readonly gpus: Promise<readonly GpuReading[] | undefined> } | undefined;
  let kept: readonly GpuReading[] | undefined;
  let absent = false;
  const gpus = async (): Promise<readonly GpuReading[]> => {
    if (absent) return [];
    if (latest === undefined || now() - latest.at >= FRESH) latest = { at: now(), gpus: read() };
    const reading = await latest.gpus;
    // Who answered once will again: one that was too slow this time keeps what it last said.
    absent = reading === undefined && kept === undefined;
    kept = reading ?? kept;
    return kept ?? [];
  };
  const gauge = (name: string, help: string, value: (gpu: GpuReading) => number | undefined): void => {
    new Gauge({
      name: `foretoken_${name}`,
      help,
      labelNames: ['gpu'],
      registers: [registry],
      async collect() {
        const readings = await gpus();
        this.reset();
        for (const gpu of readings) {
          const reading = value(gpu);
          if (reading !== undefined) this.set({ gpu: gpu.index }, reading);
        }
      },
    });
  };
  gauge(
    'gpu_utilization_ratio',
    'Share of time that the GPU was busy, from 0 to 1, by nvidia-smi.',
    (gpu) => gpu.utilisation,
  );
  gauge('gpu_memory_used_bytes', 'Memory of the GPU that is in use.', (gpu) => gpu.usedBytes);
  gauge('gpu_memory_total_bytes', 'Memory of the GPU.', (gpu) => gpu.totalBytes);
}

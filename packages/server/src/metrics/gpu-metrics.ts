import { Gauge, type Registry } from 'prom-client';
import type { GpuReading, GpuReadings } from './gpu-readings.js';

/** Registers what the GPUs do. Where there are none, there are no values. */
export function registerGpuMetrics(registry: Registry, gpus: GpuReadings): void {
  const gauge = (name: string, help: string, value: (gpu: GpuReading) => number | undefined): void => {
    new Gauge({
      name: `foretoken_${name}`,
      help,
      labelNames: ['gpu'],
      registers: [registry],
      async collect() {
        await gpus.refresh();
        this.reset();
        for (const gpu of gpus.latest) {
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

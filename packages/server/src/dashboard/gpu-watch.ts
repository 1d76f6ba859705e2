import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { readGpus } from '../metrics/gpu-reading.js';
import type { FeedGpu } from './feed.js';

/** Milliseconds between readings, each of which starts a process. */
const INTERVAL = 5000;

/** Keeps the latest reading of the GPUs. On a machine without one it looks once and then no more. */
@Injectable()
export class GpuWatch implements OnModuleInit, OnModuleDestroy {
  #gpus: readonly FeedGpu[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  get gpus(): readonly FeedGpu[] {
    return this.#gpus;
  }

  onModuleInit(): void {
    void this.#read();
  }

  onModuleDestroy(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    const readings = await readGpus();
    if (this.#closed || (readings === undefined && this.#gpus.length === 0)) return;
    // One that did not answer this time keeps what it last said.
    if (readings !== undefined) {
      this.#gpus = readings.map(({ index, utilisation, usedBytes, totalBytes }) => ({
        index,
        use: utilisation ?? null,
        usedBytes: usedBytes ?? null,
        totalBytes: totalBytes ?? null,
      }));
    }
    this.#timer = setTimeout(() => void this.#read(), INTERVAL).unref();
  }
}

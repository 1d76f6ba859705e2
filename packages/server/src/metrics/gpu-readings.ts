import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface GpuReading {
  readonly index: number;
  /** From 0 to 1; `undefined` where the driver doesn't tell. */
  readonly utilisation: number | undefined;
  readonly usedBytes: number | undefined;
  readonly totalBytes: number | undefined;
}

const QUERY = ['--query-gpu=index,utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits'];
const MEBIBYTE = 2 ** 20;

/** nvidia-smi takes up to a second of a core: who asks again within this time gets the same reading. Milliseconds. */
const FRESH = 5_000;

/** What the GPUs do, for all that show it. Where nobody answers for them, there are no readings, and nobody is asked again. */
export class GpuReadings {
  readonly #read: () => Promise<readonly GpuReading[] | undefined>;
  #latest: readonly GpuReading[] = [];
  #reading: Promise<void> | undefined;
  #readAt = 0;

  /** @param read - `undefined` where there are none */
  constructor(read: () => Promise<readonly GpuReading[] | undefined> = readGpus) {
    this.#read = read;
  }

  get latest(): readonly GpuReading[] {
    return this.#latest;
  }

  /** Reads them again, unless they were read just now or there are none. Never throws. */
  refresh(): Promise<void> {
    const fresh = this.#latest.length === 0 || performance.now() - this.#readAt < FRESH;
    if (this.#reading === undefined || !fresh) {
      this.#readAt = performance.now();
      this.#reading = this.#read().then((gpus) => {
        // Those that did not answer this time keep what they last said.
        this.#latest = gpus ?? this.#latest;
      });
    }
    return this.#reading;
  }
}

/** Asks nvidia-smi. `undefined`: there is none, or it has no answer within a few seconds. Never throws. */
function readGpus(): Promise<readonly GpuReading[] | undefined> {
  return execute('nvidia-smi', QUERY, { timeout: 5_000, windowsHide: true }).then(
    ({ stdout }) => parseGpus(stdout),
    () => undefined,
  );
}

/** Reads lines such as `0, 37, 1024, 81559`: index, percent, MiB, MiB. What a driver doesn't tell is `[N/A]`. */
export function parseGpus(output: string): readonly GpuReading[] {
  return output
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .flatMap(([index = '', utilisation, used, total]) => {
      if (!/^\d+$/.test(index)) return [];
      const percent = numberOf(utilisation);
      return {
        index: Number(index),
        utilisation: percent === undefined ? undefined : percent / 100,
        usedBytes: bytesOf(used),
        totalBytes: bytesOf(total),
      };
    });
}

function bytesOf(field: string | undefined): number | undefined {
  const mebibytes = numberOf(field);
  return mebibytes === undefined ? undefined : mebibytes * MEBIBYTE;
}

function numberOf(field: string | undefined): number | undefined {
  return field !== undefined && /^\d+(\.\d+)?$/.test(field) ? Number(field) : undefined;
}

import { hash } from 'node:crypto';
import { readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  type Matrix,
  type StoredRows,
  type Vector,
  valuesOf,
  type WeightSource,
  weightSize,
} from '../executors/weight.js';
import { isReadableType, readableTypes } from '../weights/dequantise/readable-types.js';
import { Q4_0_BLOCK, quantiseQ4_0 } from '../weights/quantise-q4-0.js';
import { writeWhole } from '../weights/unfinished-files.js';

/** Changes when other bytes are written for the same weights. */
const VERSION = 1;
const ENDING = '.q4_0';

export interface RequantisedWeightsOptions {
  readonly source: WeightSource;
  /** Weights that the model uses, always in the same order. */
  readonly declared: readonly (Matrix | Vector)[];
  /** The file, or one of the files, that the source reads. */
  readonly weightsPath: string;
  /** Folder for the file that is written. */
  readonly folder: string;
  /** Told the part done, in [0, 1], while the file is written. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/**
 * The same weights with every matrix that has more bits than Q4_0 rounded to that: for draft models, whose
 * guesses are checked in any case and come the sooner the fewer bytes are read. Rounded once, into a file of the folder.
 */
export async function requantisedWeights(options: RequantisedWeightsOptions): Promise<WeightSource> {
  const { source, declared, weightsPath, folder, onProgress } = options;
  const offsets = new Map<string, number>();
  let length = 0;
  for (const weight of declared) {
    if (!isRounded(weight, source)) continue;
    offsets.set(weight.name, length);
    length += bytesOf(weight);
  }
  if (length === 0) return source;
  const { size, mtimeMs } = await stat(weightsPath);
  const path = join(folder, `${await modelKey(weightsPath)}-${digest([VERSION, size, mtimeMs, length])}${ENDING}`);
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== length) {
    for (const old of await requantisedFiles(folder, weightsPath)) await rm(old, { force: true });
    await write({ source, declared, offsets, path, onProgress });
  }
  return {
    load: (weight, target) => source.load(weight, target),
    locate(weight) {
      const byteOffset = offsets.get(weight.name);
      if (byteOffset === undefined) return source.locate?.(weight);
      return [{ path, byteOffset, type: 'Q4_0', rows: weight.rows, order: 'pairs' }];
    },
  };
}

/** Where these files lie in the cache folder. */
export function draftDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'drafts');
}

/** The files of a folder that were written for these weights, whatever they held then. */
export async function requantisedFiles(folder: string, weightsPath: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const key = await modelKey(weightsPath);
  return names.filter((name) => name.startsWith(`${key}-`) && name.endsWith(ENDING)).map((name) => join(folder, name));
}

async function modelKey(weightsPath: string): Promise<string> {
  return digest(await realpath(weightsPath).catch(() => weightsPath));
}

function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value)).slice(0, 24);
}

function isRounded(weight: Matrix | Vector, source: WeightSource): weight is Matrix {
  if (weight.kind !== 'matrix' || weight.columns % Q4_0_BLOCK.values !== 0) return false;
  const stored = source.locate?.(weight);
  return stored === undefined || bitsOf(stored) > (8 * Q4_0_BLOCK.bytes) / Q4_0_BLOCK.values;
}

/** Bits a value, in the mean of the parts. */
function bitsOf(stored: readonly StoredRows[]): number {
  let [bits, rows] = [0, 0];
  for (const part of stored) {
    const { bytes, values } = isReadableType(part.type) ? readableTypes[part.type] : { bytes: 4, values: 1 };
    bits += part.rows * ((8 * bytes) / values);
    rows += part.rows;
  }
  return bits / rows;
}

function bytesOf(weight: Matrix): number {
  return (weightSize(weight) / Q4_0_BLOCK.values) * Q4_0_BLOCK.bytes;
}

interface WriteOptions extends Pick<RequantisedWeightsOptions, 'source' | 'declared' | 'onProgress'> {
  readonly offsets: ReadonlyMap<string, number>;
  readonly path: string;
}

async function write({ source, declared, offsets, path, onProgress }: WriteOptions): Promise<void> {
  await writeWhole(path, async (file) => {
    let done = 0;
    for (const weight of declared) {
      if (weight.kind !== 'matrix' || !offsets.has(weight.name)) continue;
      // Rounding blocks the thread: others get a turn after every matrix.
      await setImmediate();
      const values = await valuesOf(weight, source);
      const bytes = new Uint8Array(bytesOf(weight));
      quantiseQ4_0(values, bytes);
      await file.writeFile(bytes);
      done++;
      onProgress?.(done / offsets.size);
    }
  });
}

import { createHash, hash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { NativeObject, NativeOperators, WeightFormat } from '@foretoken/operators';
import type { ProgressListener } from '@foretoken/tensorflow/status';
import { readableTypes } from '../../weights/dequantise/readable-types.js';
import { writeWhole } from '../../weights/unfinished-files.js';
import { MappedFile } from './mapped-file.js';
import { HEADER_BYTES, isMadeFrom, panelHeader, removePanelFiles } from './panel-header.js';

/** Stored rows that are to be read as panels. */
export interface PanelRows {
  readonly path: string;
  /** Where the first row begins, in bytes from the start of the file. */
  readonly byteOffset: number;
  readonly format: WeightFormat;
  readonly rows: number;
  readonly columns: number;
}

export interface PanelFileOptions {
  readonly operators: NativeOperators;
  /** Folder of panel files. */
  readonly directory: string;
  /** Told as a file is made, which takes some seconds for each gigabyte. */
  readonly onProgress?: ProgressListener | undefined;
  /** Of the last rows, so many are read from the file at once, the others when first used. @default all */
  readonly lastRows?: number | undefined;
}

export interface PanelFile {
  readonly file: MappedFile;
  /** Where the panels of each of the rows begin, in bytes. */
  readonly offsets: readonly number[];
}

/** To be raised whenever native/stored-panels.cc lays panels differently. */
const LAYOUT = 1;

/** Stored bytes regrouped at a time. */
const SLICE_BYTES = 4 << 20;

const BLOCK_BYTES = 4 << 20;

/** Bytes that are read at a place of a model's file to tell it from others, and at how many places. */
const SAMPLE_BYTES = 64 << 10;
const SAMPLES = 64;

/**
 * The panels of a model's weights: the same bytes in the order in which integer products read them fastest, as a file that
 * is mapped and shared with every process. It is named by what it is made from (size and samples of the model's
 * files, the rows, the width of a panel), checked by the model's time of change or SHA-256, and made where there is none.
 */
export async function openPanelFile(rows: readonly PanelRows[], options: PanelFileOptions): Promise<PanelFile> {
  const { operators, directory, lastRows = Number.POSITIVE_INFINITY } = options;
  const paths = [...new Set(rows.map(({ path }) => path))];
  const models = await Promise.all(paths.map(describeModel));
  const places = rows.map(({ path, ...place }) => ({ model: paths.indexOf(path), ...place }));
  const madeOf = JSON.stringify({ layout: LAYOUT, width: operators.panelRows, models, places });
  const identity = hash('sha256', madeOf);
  const path = join(directory, `${identity}.panels`);
  const offsets: number[] = [];
  let end = HEADER_BYTES;
  let ahead = end;
  for (const place of rows) {
    offsets.push(end);
    ahead = end + operators.panelBytes({ ...place, rows: Math.min(lastRows, place.rows) });
    end += operators.panelBytes(place);
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== end || !(await isMadeFrom(path, paths))) {
    await makePanelFile(path, { rows, paths, bytes: end, ...options });
  }
  return { file: new MappedFile(path, operators, { ahead }), offsets };
}

async function makePanelFile(
  path: string,
  options: PanelFileOptions & {
    readonly rows: readonly PanelRows[];
    readonly paths: readonly string[];
    readonly bytes: number;
  },
): Promise<void> {
  const { operators, directory, rows, paths, bytes, onProgress } = options;
  await removePanelFiles(directory, paths);
  const step = `Arranging the weights of ${basename(paths[0] ?? '')} for integer products`;
  const mapped = new Map<string, MappedFile>();
  try {
    await writeWhole(path, async (file) => {
      onProgress?.({ kind: 'start', step });
      const writer = new BlockWriter(file);
      await writer.append(await panelHeader(paths));
      let memory = new Uint8Array(0);
      for (const place of rows) {
        const source =
          mapped.get(place.path) ?? new MappedFile(place.path, operators, { ahead: Number.POSITIVE_INFINITY });
        mapped.set(place.path, source);
        for (const slice of slicesOf(place, source.mapping, rowsOfSlice(place, operators.panelRows))) {
          source.check();
          const size = operators.panelBytes(slice);
          if (memory.byteLength < size) memory = new Uint8Array(size);
          const panels = memory.subarray(0, size);
          operators.regroup(slice, panels);
          await writer.append(panels);
          onProgress?.({ kind: 'advance', step, done: writer.length, total: bytes });
        }
      }
      await writer.flush();
    });
  } finally {
    for (const source of mapped.values()) source.close();
  }
  onProgress?.({ kind: 'finish', step });
}

function* slicesOf({ byteOffset, format, rows, columns }: PanelRows, mapping: NativeObject, most: number) {
  for (let first = 0; first < rows; first += most) {
    const offset = byteOffset + first * bytesOfRow(format, columns);
    yield { mapping, offset, format, rows: Math.min(most, rows - first), columns };
  }
}

/** Rows of whole panels of about `SLICE_BYTES`. */
function rowsOfSlice({ format, columns }: PanelRows, width: number): number {
  return Math.max(1, Math.floor(SLICE_BYTES / (bytesOfRow(format, columns) * width))) * width;
}

function bytesOfRow(format: WeightFormat, columns: number): number {
  const { bytes, values } = readableTypes[format];
  return (columns / values) * bytes;
}

/** What tells a file of a model from another one or a later state, without reading all of it. */
async function describeModel(path: string): Promise<object> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const samples = createHash('sha256');
    const sample = Buffer.alloc(SAMPLE_BYTES);
    for (let index = 0; index < SAMPLES; index++) {
      const at = Math.floor((size * index) / SAMPLES);
      const { bytesRead } = await file.read(sample, 0, SAMPLE_BYTES, at);
      samples.update(sample.subarray(0, bytesRead));
    }
    return { size, samples: samples.digest('hex') };
  } finally {
    await file.close();
  }
}

/** Writes whole blocks at multiples of their size: then the kernel may keep the file in huge pages. */
class BlockWriter {
  readonly #file: FileHandle;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #filled = 0;
  #written = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.#written + this.#filled;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.byteLength; ) {
      const part = bytes.subarray(from, from + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.byteLength;
      from += part.byteLength;
      if (this.#filled === BLOCK_BYTES) await this.flush();
    }
  }

  async flush(): Promise<void> {
    for (let from = 0; from < this.#filled; ) {
      const { bytesWritten } = await this.#file.write(this.#block, from, this.#filled - from, this.#written);
      from += bytesWritten;
      this.#written += bytesWritten;
    }
    this.#filled = 0;
  }
}

import { InvalidArgumentError } from '@foretoken/core';
import type { ByteSource } from './byte-source.js';
import { isReadableType, readableTypes } from './dequantise/readable-types.js';
import { rowsOf } from './tensor-layout.js';
import type { ReadFloat32Options, RowRange, TensorInfo, WeightsFile, WeightsHeader } from './weights-file.js';
import { WeightsFormatError } from './weights-format-error.js';

/** Stored bytes read at once while dequantising: large enough for the disk, small beside the float32 result. */
const READ_CHUNK_BYTES = 1024 * 1024;

/** The tensors of one file whose header was read and checked. */
export class StoredTensors implements WeightsFile {
  readonly format: WeightsFile['format'];
  readonly metadata: WeightsFile['metadata'];
  readonly tensors: WeightsFile['tensors'];
  readonly #source: ByteSource;

  constructor(format: WeightsFile['format'], header: WeightsHeader, source: ByteSource) {
    this.format = format;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
    this.#source = source;
  }

  async readFloat32(name: string, options: ReadFloat32Options = {}): Promise<Float32Array> {
    const tensor = this.#find(name);
    const { type } = tensor;
    if (!isReadableType(type)) {
      throw new WeightsFormatError(
        'weights-unsupported-type',
        `Tensor ${JSON.stringify(name)} of ${this.#source.path} has type ${type}, which can't be read. Use a file with one of ${Object.keys(readableTypes).join(', ')}.`,
        { tensor: name, type },
      );
    }
    const layout = readableTypes[type];
    const { columns } = rowsOf(tensor.shape);
    const { start, end } = checkedRange(tensor, options.rows);
    const values = targetOf(options.target, (end - start) * columns, name);
    const totalBlocks = values.length / layout.values;
    const firstByte = tensor.byteOffset + ((start * columns) / layout.values) * layout.bytes;
    const chunkBlocks = Math.floor(READ_CHUNK_BYTES / layout.bytes);
    for (let block = 0; block < totalBlocks; block += chunkBlocks) {
      const blocks = Math.min(chunkBlocks, totalBlocks - block);
      const bytes = await this.#source.read(firstByte + block * layout.bytes, blocks * layout.bytes);
      layout.dequantise(bytes, values.subarray(block * layout.values, (block + blocks) * layout.values));
    }
    return values;
  }

  pathOf(name: string): string {
    this.#find(name);
    return this.#source.path;
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #find(name: string): TensorInfo {
    const tensor = this.tensors.get(name);
    if (tensor) return tensor;
    throw unknownTensor(name, this.#source.path, this.tensors);
  }
}

function targetOf(target: Float32Array | undefined, length: number, name: string): Float32Array {
  if (!target) return new Float32Array(length);
  if (target.length === length) return target;
  throw new InvalidArgumentError(
    `The target for tensor ${JSON.stringify(name)} holds ${target.length} values; ${length} are to be read.`,
    { target: target.length, length },
  );
}

export function unknownTensor(name: string, file: string, tensors: WeightsFile['tensors']): WeightsFormatError {
  const some = [...tensors.keys()].slice(0, 5).join(', ');
  return new WeightsFormatError(
    'weights-unknown-tensor',
    `${file} has no tensor ${JSON.stringify(name)}. It has ${tensors.size}: ${some}${tensors.size > 5 ? ', …' : ''}`,
    { tensor: name },
  );
}

function checkedRange(tensor: TensorInfo, range: RowRange | undefined): RowRange {
  const { rows } = rowsOf(tensor.shape);
  if (!range) return { start: 0, end: rows };
  const { start, end } = range;
  if (Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= rows) return range;
  throw new InvalidArgumentError(
    `Rows ${start} to ${end} of tensor ${JSON.stringify(tensor.name)} can't be read: it has ${rows} rows. Give integers with 0 <= start <= end <= ${rows}.`,
    { start, end, rows },
  );
}

import type { TensorType } from './dequantise/readable-types.js';

/** A type as the file names it: one that can be read, or another (`IQ2_XS`, `I64`) that a header may still list. */
export type StoredType = TensorType | (string & Record<never, never>);

/** Where a tensor lies in its file. */
export interface TensorInfo {
  readonly name: string;
  readonly type: StoredType;
  /** Row-major, outermost dimension first: a matrix is `[rows (out), columns (in)]`. Empty for a scalar. */
  readonly shape: readonly number[];
  /** From the start of the file (of the shard, where the weights are sharded). */
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** A metadata value. 64-bit integers are numbers where a number holds them exactly, else bigints. */
export type MetadataValue = string | number | bigint | boolean | readonly MetadataValue[];

/** A half-open range of rows. A row is the innermost dimension; a vector is one row. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/**
 * An open file of weights. Its header is in memory, its tensors stay on disk and are read by ranges.
 *
 * `readFloat32` throws `WeightsFormatError` with code `weights-unknown-tensor`, `weights-truncated` (the
 * file shrank) or `weights-closed`, and `InvalidArgumentError` for a range outside the tensor.
 */
export interface WeightsFile {
  readonly format: 'gguf' | 'safetensors';
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * The values as float32 `[rows × columns]`, bit for bit those of ggml's reference dequantisation.
   * Throws code `weights-unsupported-type` for a type outside {@link TensorType}.
   */
  readFloat32(name: string, options?: ReadFloat32Options): Promise<Float32Array>;
  /** Path of the file that holds a tensor, for memory-mapping. */
  pathOf(name: string): string;
  close(): Promise<void>;
}

/** What the header of such a file says. */
export type WeightsHeader = Pick<WeightsFile, 'metadata' | 'tensors'>;

export interface ReadFloat32Options {
  /** Which rows to read. @default all */
  readonly rows?: RowRange;
  /** Memory to fill and return, exactly as long as what is read. @default a fresh array */
  readonly target?: Float32Array;
}

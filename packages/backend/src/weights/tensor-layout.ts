import type { TensorInfo } from './weights-file.js';
import { WeightsFormatError } from './weights-format-error.js';

/** How a type packs values: blocks of `values` values in `bytes` bytes. */
export interface BlockLayout {
  readonly values: number;
  readonly bytes: number;
}

export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Values in a row (the innermost dimension) and rows in the tensor. A scalar is one row of one value. */
export function rowsOf(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  return { rows: countElements(shape.slice(0, -1)), columns: shape.at(-1) ?? 1 };
}

/** Refuses tensors that lie outside the file or share bytes. */
export function checkPlacement(tensors: Iterable<TensorInfo>, fileSize: number, fileName: string): void {
  const placed = [...tensors].filter((tensor) => tensor.byteLength > 0).sort((a, b) => a.byteOffset - b.byteOffset);
  let previous: TensorInfo | undefined;
  for (const tensor of placed) {
    const end = tensor.byteOffset + tensor.byteLength;
    if (end > fileSize) {
      throw new WeightsFormatError(
        'weights-truncated',
        `${fileName}: tensor ${JSON.stringify(tensor.name)} ends at byte ${end}, but the file at ${fileSize}. It is truncated or damaged; fetch it again.`,
        { tensor: tensor.name, end, fileSize },
      );
    }
    if (previous && tensor.byteOffset < previous.byteOffset + previous.byteLength) {
      throw new WeightsFormatError(
        'weights-overlap',
        `${fileName}: tensors ${JSON.stringify(previous.name)} and ${JSON.stringify(tensor.name)} share bytes from ${tensor.byteOffset} on. The file is damaged or hostile.`,
        { tensors: [previous.name, tensor.name] },
      );
    }
    previous = tensor;
  }
}

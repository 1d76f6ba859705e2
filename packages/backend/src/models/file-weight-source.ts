import type { Matrix, StoredRows, Vector, WeightSource } from '../executors/weight.js';
import type { WeightsFile } from '../weights/weights-file.js';
import { type ModelConfiguration, UnsupportedModelError } from './configuration.js';
import { weightParts } from './weight-parts.js';

/** Reads a model's weights from its file, one at a time, so that no more than one is held beside what the executor holds. */
export function fileWeightSource(file: WeightsFile, configuration: ModelConfiguration): WeightSource {
  return {
    async load(weight, values) {
      const columns = weight.kind === 'matrix' ? weight.columns : 1;
      let offset = 0;
      for (const part of weightParts(weight.name, file.format, configuration)) {
        if (part.kind === 'zeros') {
          values.fill(0, offset, offset + part.rows);
          offset += part.rows;
          continue;
        }
        const length = checkedLength(file, part.tensor, weight);
        if (offset + length > values.length) throw wrongShape(file, part.tensor, weight);
        const target = values.subarray(offset, offset + length);
        await file.readFloat32(part.tensor, { target });
        if (part.plus !== 0) for (let i = 0; i < length; i++) target[i] = (target[i] ?? 0) + part.plus;
        if (part.order === 'interleave') interleaveHeads(target, configuration.headSize, columns);
        offset += length;
      }
      if (offset !== values.length) throw wrongShape(file, weight.name, weight);
    },
    locate(weight) {
      const rows: StoredRows[] = [];
      for (const part of weightParts(weight.name, file.format, configuration)) {
        if (part.kind === 'zeros') return undefined;
        const { tensor, order } = part;
        const length = checkedLength(file, tensor, weight);
        const { byteOffset, type } = file.tensors.get(tensor) ?? { byteOffset: 0, type: '' };
        rows.push({
          path: file.pathOf(tensor),
          byteOffset,
          type,
          rows: length / weight.columns,
          order: order === 'stored' ? 'pairs' : 'halves',
        });
      }
      if (rows.reduce((sum, part) => sum + part.rows, 0) !== weight.rows) throw wrongShape(file, weight.name, weight);
      return rows;
    },
  };
}

function checkedLength(file: WeightsFile, tensor: string, weight: Matrix | Vector): number {
  const info = file.tensors.get(tensor);
  if (!info) throw new UnsupportedModelError(`The weights have no tensor '${tensor}'.`, { tensor });
  const columns = info.shape.at(-1);
  if (weight.kind === 'matrix' && (info.shape.length !== 2 || columns !== weight.columns)) {
    throw wrongShape(file, tensor, weight);
  }
  return info.shape.reduce((product, size) => product * size, 1);
}

function wrongShape(file: WeightsFile, tensor: string, weight: Matrix | Vector): UnsupportedModelError {
  const wanted = weight.kind === 'matrix' ? [weight.rows, weight.columns] : [weight.size];
  const shape = file.tensors.get(tensor)?.shape;
  return new UnsupportedModelError(
    `The tensor '${tensor}' has shape [${shape ?? ''}], which does not fit '${weight.name}' of shape [${wanted}].`,
    { tensor, shape, wanted },
  );
}

/** Reorders the rows of each head from [first halves, second halves] to pairs, in place. [heads * headSize, columns]. */
function interleaveHeads(values: Float32Array, headSize: number, columns: number): void {
  const size = headSize * columns;
  const head = new Float32Array(size);
  for (let start = 0; start < values.length; start += size) {
    head.set(values.subarray(start, start + size));
    for (let pair = 0; pair < headSize / 2; pair++) {
      const first = head.subarray(pair * columns, (pair + 1) * columns);
      const second = head.subarray((headSize / 2 + pair) * columns, (headSize / 2 + pair + 1) * columns);
      values.set(first, start + 2 * pair * columns);
      values.set(second, start + (2 * pair + 1) * columns);
    }
  }
}

import type { ByteCursor } from '../byte-cursor.js';
import { countElements } from '../tensor-layout.js';
import type { TensorInfo } from '../weights-file.js';
import { malformedTensor, WeightsFormatError } from '../weights-format-error.js';
import { enforceLimit, type WeightsLimits } from '../weights-limits.js';
import { ggmlTypes } from './ggml-types.js';
import { readName } from './read-metadata.js';

/** Name length, number of dimensions, one dimension, type, offset. */
const LEAST_INFO_BYTES = 8 + 4 + 8 + 4 + 8;

/** Reads the tensor list; its offsets are relative to the data section, which begins after it. */
export function readTensorInfos(cursor: ByteCursor, count: number, limits: WeightsLimits): Map<string, TensorInfo> {
  enforceLimit(limits, 'maxTensors', count, 'The number of tensors');
  cursor.requireRoom(count, LEAST_INFO_BYTES, `${count} tensor entries`);
  const tensors = new Map<string, TensorInfo>();
  for (let i = 0; i < count; i++) {
    const tensor = readTensorInfo(cursor, limits);
    if (tensors.has(tensor.name)) {
      throw new WeightsFormatError('weights-duplicate', `Tensor ${JSON.stringify(tensor.name)} occurs twice.`, {
        tensor: tensor.name,
      });
    }
    tensors.set(tensor.name, tensor);
  }
  return tensors;
}

function readTensorInfo(cursor: ByteCursor, limits: WeightsLimits): TensorInfo {
  const name = readName(cursor, limits);
  const dimensions = cursor.uint32();
  enforceLimit(limits, 'maxDimensions', dimensions, `The number of dimensions of tensor ${JSON.stringify(name)}`);
  if (dimensions === 0) throw malformedTensor(name, 'has no dimensions');
  const shape: number[] = [];
  // GGUF lists the innermost dimension first.
  for (let i = 0; i < dimensions; i++) shape.unshift(cursor.size(`a dimension of tensor ${JSON.stringify(name)}`));
  const typeNumber = cursor.uint32();
  const byteOffset = cursor.size(`the offset of tensor ${JSON.stringify(name)}`);
  const type = ggmlTypes.get(typeNumber);
  if (!type) {
    throw new WeightsFormatError(
      'weights-unsupported-type',
      `Tensor ${JSON.stringify(name)} has type number ${typeNumber}, which this reader doesn't know.`,
      { tensor: name, type: typeNumber },
    );
  }
  const elements = countElements(shape);
  if (elements === 0 || !Number.isSafeInteger(elements))
    throw malformedTensor(name, `has the shape [${shape.join(', ')}]`);
  const columns = shape.at(-1) ?? 1;
  if (columns % type.values !== 0) {
    throw malformedTensor(
      name,
      `has rows of ${columns} values, not a multiple of the ${type.values} in a block of ${type.name}`,
    );
  }
  return { name, type: type.name, shape, byteOffset, byteLength: (elements / type.values) * type.bytes };
}

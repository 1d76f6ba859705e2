import { isReadableType, readableTypes } from '../dequantise/readable-types.js';
import { countElements } from '../tensor-layout.js';
import type { TensorInfo, WeightsHeader } from '../weights-file.js';
import { malformedTensor } from '../weights-format-error.js';
import { enforceLimit, type WeightsLimits } from '../weights-limits.js';
import { type JsonObject, parseJsonObject } from './strict-json.js';

/** Bytes a value of the dtypes that are not read as numbers takes; with them such a file can still be checked. */
const OTHER_VALUE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  U32: 4,
  I32: 4,
  F64: 8,
  U64: 8,
  I64: 8,
};

/**
 * The meaning of a safetensors header: `{ [tensor]: { dtype, shape, data_offsets }, __metadata__?: { [key]: string } }`.
 *
 * @param dataStart where the data section begins, to which offsets are relative.
 */
export function readSafetensorsHeader(
  text: string,
  dataStart: number,
  fileName: string,
  limits: WeightsLimits,
): WeightsHeader {
  const { __metadata__: stored, ...entries } = parseJsonObject(text, `The header of ${fileName}`);
  const listed = Object.entries(entries);
  enforceLimit(limits, 'maxTensors', listed.length, 'The number of tensors');
  const tensors = new Map<string, TensorInfo>();
  for (const [name, entry] of listed) tensors.set(name, readEntry(name, entry, dataStart, limits));
  return { metadata: readMetadata(stored, limits), tensors };
}

function readMetadata(stored: unknown, limits: WeightsLimits): Map<string, string> {
  if (stored === undefined) return new Map();
  if (!isObject(stored)) throw malformedTensor('__metadata__', 'is not an object');
  const pairs = Object.entries(stored);
  enforceLimit(limits, 'maxMetadataEntries', pairs.length, 'The number of metadata entries');
  const metadata = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (typeof value !== 'string')
      throw malformedTensor('__metadata__', `has a value that is not a string for ${JSON.stringify(key)}`);
    metadata.set(key, value);
  }
  return metadata;
}

function readEntry(name: string, entry: unknown, dataStart: number, limits: WeightsLimits): TensorInfo {
  enforceLimit(limits, 'maxNameBytes', name.length, 'The length of a tensor name');
  if (!isObject(entry)) throw malformedTensor(name, 'is not described by an object');
  const { dtype: type, shape, data_offsets: offsets } = entry;
  if (typeof type !== 'string') throw malformedTensor(name, 'has no dtype');
  if (!isSizeList(shape)) throw malformedTensor(name, 'has a shape that is not a list of sizes');
  enforceLimit(limits, 'maxDimensions', shape.length, `The number of dimensions of tensor ${JSON.stringify(name)}`);
  const elements = countElements(shape);
  if (!Number.isSafeInteger(elements)) throw malformedTensor(name, `has the shape [${shape.join(', ')}]`);
  if (!isSizeList(offsets) || offsets.length !== 2)
    throw malformedTensor(name, 'has data_offsets that are not two positions');
  const [begin = 0, end = 0] = offsets;
  if (end < begin) throw malformedTensor(name, `ends at ${end}, before it begins at ${begin}`);
  const valueBytes = isStoredFloat(type) ? readableTypes[type].bytes : OTHER_VALUE_BYTES[type];
  if (valueBytes !== undefined && end - begin !== elements * valueBytes) {
    throw malformedTensor(
      name,
      `has ${end - begin} bytes, but ${type} of shape [${shape.join(', ')}] takes ${elements * valueBytes}`,
    );
  }
  return { name, type: storedName(type), shape, byteOffset: dataStart + begin, byteLength: end - begin };
}

/** The names of ggml's block types mean nothing here; one that turns up must not be read as if it did. */
function storedName(dtype: string): string {
  return isReadableType(dtype) && !isStoredFloat(dtype) ? `safetensors:${dtype}` : dtype;
}

function isStoredFloat(dtype: string): dtype is 'F32' | 'F16' | 'BF16' {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

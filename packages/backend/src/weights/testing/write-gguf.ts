import { Buffer } from 'node:buffer';
import type { TensorType } from '../dequantise/readable-types.js';
import { type EncodableType, encodeTensor } from './encode-tensor.js';

/** A metadata value with the GGUF type to store it as. Bare strings, booleans and numbers are string, bool, uint32 or float32. */
export type WrittenValue =
  | string
  | boolean
  | number
  | readonly string[]
  | readonly number[]
  | { readonly type: number; readonly bytes: Uint8Array };

/** A tensor to write: values to encode, or bytes that are encoded already. */
export type WrittenTensor = {
  readonly name: string;
  /** Outermost dimension first. */
  readonly shape: readonly number[];
} & (
  | { readonly type: EncodableType; readonly values: Float32Array }
  | { readonly type: TensorType | number; readonly bytes: Uint8Array }
);

const TYPE_NUMBERS: Readonly<Record<TensorType, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  BF16: 30,
};

/** Builds a GGUF file in memory. Metadata numbers: integers are uint32, others float32; number arrays int32 or float32. */
export function writeGguf(content: {
  readonly metadata: Readonly<Record<string, WrittenValue>>;
  readonly tensors: readonly WrittenTensor[];
  /** @default 3 */
  readonly version?: number;
  /** @default 32; another is also written as general.alignment */
  readonly alignment?: number;
}): Uint8Array {
  const { version = 3, alignment = 32, tensors } = content;
  const metadata = alignment === 32 ? content.metadata : { ...content.metadata, 'general.alignment': alignment };
  const entries = Object.entries(metadata);
  const encoded = tensors.map((tensor) =>
    'bytes' in tensor ? tensor.bytes : encodeTensor(tensor.type, tensor.values),
  );
  const parts: Uint8Array[] = [u32(0x46554747), u32(version), u64(tensors.length), u64(entries.length)];
  for (const [key, value] of entries) parts.push(text(key), ...taggedValue(value));
  let offset = 0;
  tensors.forEach((tensor, i) => {
    const type = typeof tensor.type === 'number' ? tensor.type : TYPE_NUMBERS[tensor.type];
    parts.push(
      text(tensor.name),
      u32(tensor.shape.length),
      ...[...tensor.shape].reverse().map(u64),
      u32(type),
      u64(offset),
    );
    offset += padded(encoded[i]?.length ?? 0, alignment);
  });
  const headerBytes = parts.reduce((sum, part) => sum + part.length, 0);
  parts.push(new Uint8Array(padded(headerBytes, alignment) - headerBytes));
  for (const bytes of encoded) parts.push(bytes, new Uint8Array(padded(bytes.length, alignment) - bytes.length));
  return new Uint8Array(Buffer.concat(parts));
}

function taggedValue(value: WrittenValue): Uint8Array[] {
  if (typeof value === 'string') return [u32(8), text(value)];
  if (typeof value === 'boolean') return [u32(7), Uint8Array.of(value ? 1 : 0)];
  if (typeof value === 'number') return isUint32(value) ? [u32(4), u32(value)] : [u32(6), f32(value)];
  if ('bytes' in value) return [u32(value.type), value.bytes];
  if (isStrings(value)) return [u32(9), u32(8), u64(value.length), ...value.map(text)];
  const integers = value.every((item) => Number.isInteger(item) && Math.abs(item) < 2 ** 31);
  return [u32(9), u32(integers ? 5 : 6), u64(value.length), ...value.map(integers ? i32 : f32)];
}

function isStrings(values: readonly string[] | readonly number[]): values is readonly string[] {
  return typeof values[0] === 'string';
}

function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

function padded(length: number, alignment: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function i32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function f32(value: number): Uint8Array {
  return new Uint8Array(Float32Array.of(value).buffer);
}

function u64(value: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return new Uint8Array(Buffer.concat([u64(bytes.length), bytes]));
}

import { Buffer } from 'node:buffer';
import { encodeTensor } from './encode-tensor.js';

/** A tensor to write: values to encode, or bytes of any dtype. */
export type WrittenSafetensor = {
  readonly name: string;
  readonly shape: readonly number[];
} & (
  | { readonly type: 'F32' | 'F16' | 'BF16'; readonly values: Float32Array }
  | { readonly type: string; readonly bytes: Uint8Array }
);

/** Builds a safetensors file in memory. */
export function writeSafetensors(content: {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tensors: readonly WrittenSafetensor[];
}): Uint8Array {
  const header: Record<string, unknown> = content.metadata ? { __metadata__: content.metadata } : {};
  const encoded: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of content.tensors) {
    const bytes = 'bytes' in tensor ? tensor.bytes : encodeTensor(tensor.type, tensor.values);
    header[tensor.name] = { dtype: tensor.type, shape: tensor.shape, data_offsets: [offset, offset + bytes.length] };
    encoded.push(bytes);
    offset += bytes.length;
  }
  return assembleSafetensors(JSON.stringify(header), Buffer.concat(encoded));
}

/** Puts a header, whatever it says, before data; for files that are wrong on purpose. */
export function assembleSafetensors(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer);
  return new Uint8Array(Buffer.concat([length, text, data]));
}

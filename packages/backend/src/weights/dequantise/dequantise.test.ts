import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { encodeTensor } from '../testing/encode-tensor.js';
import { halfToFloat } from './half-floats.js';
import type { TensorType } from './readable-types.js';
import { readableTypes } from './readable-types.js';

interface Golden {
  readonly cases: readonly { readonly type: TensorType; readonly bytes: string; readonly values: string }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../testing/golden-blocks.json', import.meta.url), 'utf8'));

function decode(type: TensorType, bytes: Uint8Array): Float32Array {
  const layout = readableTypes[type];
  const values = new Float32Array((bytes.length / layout.bytes) * layout.values);
  layout.dequantise(bytes, values);
  return values;
}

/** Bits, so that zeros keep their sign; every NaN counts as the same. */
function bitsOf(values: Float32Array): number[] {
  return Array.from(values, (value) =>
    Number.isNaN(value) ? -1 : (new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0),
  );
}

describe.each(golden.cases)('$type', ({ type, bytes, values }) => {
  it("equals gguf-py's values bit for bit", () => {
    const expected = new Float32Array(new Uint8Array(Buffer.from(values, 'base64')).buffer);
    const stored = new Uint8Array(Buffer.from(bytes, 'base64'));
    expect(expected.length).toBeGreaterThan(60);
    expect(bitsOf(decode(type, stored))).toEqual(bitsOf(expected));
  });

  it('reads from any byte offset', () => {
    const stored = Buffer.from(bytes, 'base64');
    const shifted = new Uint8Array(stored.length + 1);
    shifted.set(stored, 1);
    expect(bitsOf(decode(type, shifted.subarray(1)))).toEqual(bitsOf(decode(type, new Uint8Array(stored))));
  });
});

test('every type but plain F32 has golden values', () => {
  expect(new Set(['F32', ...golden.cases.map((item) => item.type)])).toEqual(new Set(Object.keys(readableTypes)));
});

test('every half-precision number equals its definition', () => {
  const expected = Float32Array.from({ length: 65_536 }, (_, half) => halfByDefinition(half));
  expect(bitsOf(halfToFloat())).toEqual(bitsOf(expected));
});

test('the half encoder inverts the decoder', () => {
  const finite = halfToFloat().filter((value) => !Number.isNaN(value));
  expect(bitsOf(decode('F16', encodeTensor('F16', finite)))).toEqual(bitsOf(finite));
});

// Plain twins: one value at a time, float32 rounding after every step, as ggml-quants.c computes.
const f = Math.fround;
const twins: Partial<Record<TensorType, (block: Uint8Array, i: number) => number>> = {
  Q4_0: (block, i) => f(half(block, 0) * (nibble(block, 2, i) - 8)),
  Q4_1: (block, i) => f(f(half(block, 0) * nibble(block, 4, i)) + half(block, 2)),
  Q5_0: (block, i) => f(half(block, 0) * (nibble(block, 6, i) + 16 * bit(block, 2, i) - 16)),
  Q5_1: (block, i) => f(f(half(block, 0) * (nibble(block, 8, i) + 16 * bit(block, 4, i))) + half(block, 2)),
  Q8_0: (block, i) => f(half(block, 0) * signed(block[2 + i]!)),
  Q4_K: (block, i) => {
    const group = i >> 5;
    return kValue(block, group, nibbleOfPair(block, 16, i));
  },
  Q5_K: (block, i) => {
    const group = i >> 5;
    const fifth = (block[16 + (i % 32)]! >> group) & 1;
    return kValue(block, group, nibbleOfPair(block, 48, i) + 16 * fifth);
  },
  Q6_K: (block, i) => {
    const part = i >> 7;
    const quarter = (i >> 5) & 3;
    const low = block[64 * part + 32 * (quarter & 1) + (i % 32)]!;
    const high = (block[128 + 32 * part + (i % 32)]! >> (2 * quarter)) & 3;
    const q = (quarter < 2 ? low & 15 : low >> 4) + 16 * high - 32;
    return f(f(half(block, 208) * signed(block[192 + (i >> 4)]!)) * q);
  },
};

test.each(Object.entries(twins))('%s equals its plain twin on random blocks', (name, twin) => {
  const type = name as TensorType;
  const layout = readableTypes[type];
  fc.assert(
    fc.property(fc.uint8Array({ minLength: layout.bytes, maxLength: layout.bytes }), (block) => {
      const expected = Float32Array.from({ length: layout.values }, (_, i) => twin(block, i));
      expect(bitsOf(decode(type, block))).toEqual(bitsOf(expected));
    }),
    { numRuns: 200 },
  );
});

function halfByDefinition(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function half(block: Uint8Array, at: number): number {
  return halfByDefinition(block[at]! + 256 * block[at + 1]!);
}

function nibble(block: Uint8Array, at: number, i: number): number {
  return i < 16 ? block[at + i]! % 16 : Math.floor(block[at + i - 16]! / 16);
}

function nibbleOfPair(block: Uint8Array, at: number, i: number): number {
  const packed = block[at + 32 * (i >> 6) + (i % 32)]!;
  return (i >> 5) % 2 === 0 ? packed % 16 : Math.floor(packed / 16);
}

function bit(block: Uint8Array, at: number, i: number): number {
  return (block[at + (i >> 3)]! >> (i % 8)) & 1;
}

function signed(byte: number): number {
  return byte < 128 ? byte : byte - 256;
}

function kValue(block: Uint8Array, group: number, q: number): number {
  const s = block.subarray(4, 16);
  const scale = group < 4 ? s[group]! % 64 : (s[group + 4]! % 16) + 16 * (s[group - 4]! >> 6);
  const minimum = group < 4 ? s[group + 4]! % 64 : (s[group + 4]! >> 4) + 16 * (s[group]! >> 6);
  return f(f(f(half(block, 0) * scale) * q) - f(half(block, 2) * minimum));
}

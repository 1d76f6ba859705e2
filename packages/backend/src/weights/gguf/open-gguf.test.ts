import { readFileSync } from 'node:fs';
import { defaultWeightsLimits, WeightsFormatError, type WeightsLimits } from '@foretoken/backend';
import { describe, expect, it } from 'vitest';
import { openSource } from '../open-weights.js';
import { memorySource } from '../testing/memory-source.js';
import { type WrittenTensor, type WrittenValue, writeGguf } from '../testing/write-gguf.js';

const golden: { file: string; quant: string } = JSON.parse(
  readFileSync(new URL('../testing/golden-file.json', import.meta.url), 'utf8'),
);

const matrix = Float32Array.from({ length: 64 }, (_, i) => i / 8);
const plain: readonly WrittenTensor[] = [{ name: 'a', type: 'F32', shape: [2, 32], values: matrix }];

function open(bytes: Uint8Array, limits: Partial<WeightsLimits> = {}) {
  return openSource(memorySource(bytes), { ...defaultWeightsLimits, ...limits });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WeightsFormatError);
  return (error as WeightsFormatError).code;
}

function gguf(metadata: Record<string, WrittenValue> = {}, tensors = plain): Uint8Array {
  return writeGguf({ metadata, tensors });
}

/** The file with `bytes` written over it at `offset`. */
function patched(file: Uint8Array, offset: number, ...bytes: number[]): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, offset);
  return copy;
}

function indexOf(file: Uint8Array, text: string): number {
  return Buffer.from(file).indexOf(text);
}

describe('a file written by gguf-py', () => {
  const file = new Uint8Array(Buffer.from(golden.file, 'base64'));

  it('has its metadata in every type', async () => {
    const { metadata, format } = await open(file);
    expect(format).toBe('gguf');
    expect(Object.fromEntries(metadata)).toEqual({
      'general.architecture': 'llama',
      'llama.block_count': 2,
      note: 'grüße 🙂',
      words: ['a', 'bé', ''],
      numbers: [1, -2, 3],
      eps: Math.fround(1e-5),
      yes: true,
      big: 2n ** 63n,
      small: -5,
      pi: Math.PI,
      i8: -7,
      u16: 65_535,
    });
  });

  it('has its tensors, outermost dimension first', async () => {
    const weights = await open(file);
    expect([...weights.tensors.values()].map(({ name, type, shape }) => [name, type, shape])).toEqual([
      ['matrix', 'F32', [2, 32]],
      ['vector', 'F32', [3]],
      ['half', 'F16', [2, 32]],
      ['quant', 'Q8_0', [2, 32]],
      ['iq', 'IQ4_NL', [2, 32]],
    ]);
    expect(await weights.readFloat32('matrix')).toEqual(
      Float32Array.from({ length: 64 }, (_, i) => Math.fround(i) / 7),
    );
    expect(await weights.readFloat32('vector')).toEqual(Float32Array.of(1, 2, 3));
    const quantised = new Float32Array(new Uint8Array(Buffer.from(golden.quant, 'base64')).buffer);
    expect(await weights.readFloat32('quant')).toEqual(quantised);
    expect(await weights.readFloat32('quant', { rows: { start: 1, end: 2 } })).toEqual(quantised.slice(32));
  });

  it('refuses to read a type it does not know as numbers, but says where it lies', async () => {
    const weights = await open(file);
    await expect(weights.readFloat32('iq')).rejects.toThrow(/IQ4_NL/);
    expect(await codeOf(weights.readFloat32('iq'))).toBe('weights-unsupported-type');
    expect(weights.tensors.get('iq')?.byteLength).toBe(36);
  });
});

describe('reading', () => {
  it('reads some rows', async () => {
    const weights = await open(gguf());
    expect(await weights.readFloat32('a', { rows: { start: 1, end: 2 } })).toEqual(matrix.slice(32));
    expect((await weights.readFloat32('a', { rows: { start: 1, end: 1 } })).length).toBe(0);
  });

  it.each([
    { start: 0, end: 3 },
    { start: -1, end: 1 },
    { start: 2, end: 1 },
    { start: 0.5, end: 1 },
  ])('refuses rows $start to $end', async (rows) => {
    const weights = await open(gguf());
    await expect(weights.readFloat32('a', { rows })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('refuses unknown names', async () => {
    const weights = await open(gguf());
    expect(await codeOf(weights.readFloat32('b'))).toBe('weights-unknown-tensor');
  });

  it('reads version 2 and other alignments', async () => {
    const tensors: WrittenTensor[] = ['x', 'y'].map((name) => ({
      name,
      type: 'F32',
      shape: [3],
      values: Float32Array.of(1, 2, 3),
    }));
    const weights = await open(writeGguf({ version: 2, alignment: 128, metadata: {}, tensors }));
    expect(weights.tensors.get('y')?.byteOffset).toBe((weights.tensors.get('x')?.byteOffset ?? 0) + 128);
    expect(await weights.readFloat32('y')).toEqual(Float32Array.of(1, 2, 3));
  });

  it('reads a header longer than the first read', async () => {
    const words = Array.from({ length: 30_000 }, (_, i) => `${i}`.padStart(150, 'w'));
    const weights = await open(gguf({ words, after: 'end' }));
    expect(weights.metadata.get('words')).toEqual(words);
    expect(weights.metadata.get('after')).toBe('end');
    expect(await weights.readFloat32('a')).toEqual(matrix);
  });
});

describe('refused', () => {
  const file = gguf({ key: 'value', list: ['a', 'b'] });

  it.each([
    ['wrong magic', patched(file, 0, 0x58), 'weights-unknown-format'],
    ['an empty file', new Uint8Array(0), 'weights-unknown-format'],
    ['version 1', patched(file, 4, 1), 'weights-unsupported-version'],
    ['version 4', patched(file, 4, 4), 'weights-unsupported-version'],
    ['a big-endian file', patched(file, 4, 0, 0, 0, 3), 'weights-unsupported-version'],
    ['a header cut off', file.slice(0, 60), 'weights-truncated'],
    ['data cut off', file.slice(0, file.length - 1), 'weights-truncated'],
    ['an absurd tensor count', patched(file, 8, 255, 255, 255, 255, 255, 255, 255, 255), 'weights-malformed'],
    ['too many tensors', patched(file, 8, 0, 0, 0, 1), 'weights-limit'],
    ['more tensors than bytes', patched(file, 8, 255, 255, 0), 'weights-truncated'],
    ['too many metadata entries', patched(file, 16, 255, 255, 255), 'weights-limit'],
    ['a key too long', patched(file, 24, 255, 255, 255), 'weights-limit'],
    ['a string past the end', patched(file, indexOf(file, 'value') - 8, 255, 255), 'weights-truncated'],
    ['an unknown value type', patched(file, indexOf(file, 'value') - 12, 13), 'weights-malformed'],
  ])('%s', async (_, bytes, code) => {
    expect(await codeOf(open(bytes))).toBe(code);
  });

  it('tensors that overlap', async () => {
    const two = gguf({}, [...plain, { name: 'bb', type: 'F32', shape: [2, 32], values: matrix }]);
    // Name, dimensions, two sizes and the type stand between the name and the offset.
    const offset = indexOf(two, 'bb') + 2 + 4 + 16 + 4;
    expect(await codeOf(open(patched(two, offset, 0, 0)))).toBe('weights-overlap');
    expect(await codeOf(open(patched(two, offset, 1, 0)))).toBe('weights-malformed');
  });

  it('repeated names', async () => {
    expect(await codeOf(open(gguf({}, [...plain, ...plain])))).toBe('weights-duplicate');
    const keys = gguf({ one: 1, two: 2 });
    expect(await codeOf(open(patched(keys, indexOf(keys, 'two'), 0x6f, 0x6e, 0x65)))).toBe('weights-duplicate');
  });

  it('shapes that can not be', async () => {
    const shaped = (shape: number[]) => open(gguf({}, [{ name: 'a', type: 8, shape, bytes: new Uint8Array(34) }]));
    expect(await codeOf(shaped([33]))).toBe('weights-malformed');
    expect(await codeOf(shaped([0, 32]))).toBe('weights-malformed');
    expect(await codeOf(shaped([]))).toBe('weights-malformed');
    expect(await codeOf(shaped([2 ** 40, 2 ** 40]))).toBe('weights-malformed');
    expect(await codeOf(shaped([1, 1, 1, 1, 32]))).toBe('weights-limit');
  });

  it('a type number it does not know', async () => {
    const bytes = gguf({}, [{ name: 'a', type: 99, shape: [32], bytes: new Uint8Array(32) }]);
    expect(await codeOf(open(bytes))).toBe('weights-unsupported-type');
  });

  it('alignments that are no power of two', async () => {
    expect(await codeOf(open(gguf({ 'general.alignment': 24 })))).toBe('weights-malformed');
    expect(await codeOf(open(gguf({ 'general.alignment': 'x' })))).toBe('weights-malformed');
  });

  it('arrays within arrays beyond the limit, and what a stricter limit forbids', async () => {
    const nested = (depth: number) =>
      Buffer.concat([
        Buffer.concat(Array.from({ length: depth }, () => Buffer.from([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]))),
        Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      ]);
    expect(await codeOf(open(gguf({ deep: { type: 9, bytes: nested(10) } })))).toBe('weights-limit');
    expect((await open(gguf({ deep: { type: 9, bytes: nested(3) } }))).metadata.get('deep')).toEqual([[[[]]]]);
    expect(await codeOf(open(file, { maxStringBytes: 4 }))).toBe('weights-limit');
    expect(await codeOf(open(file, { maxArrayLength: 1 }))).toBe('weights-limit');
    expect(await codeOf(open(file, { maxHeaderBytes: 64 }))).toBe('weights-limit');
  });
});

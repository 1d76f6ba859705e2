import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultWeightsLimits, openWeights, WeightsFormatError } from '@foretoken/backend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSource } from '../open-weights.js';
import { memorySource } from '../testing/memory-source.js';
import { assembleSafetensors, writeSafetensors } from '../testing/write-safetensors.js';

const values = Float32Array.of(1, -2.5, 0.25, 4, 5, 6);

function open(bytes: Uint8Array, limits = defaultWeightsLimits) {
  return openSource(memorySource(bytes), limits);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WeightsFormatError);
  return (error as WeightsFormatError).code;
}

describe('one file', () => {
  it('gives metadata, tensors and rows of every float type', async () => {
    const types = ['F32', 'F16', 'BF16'] as const;
    const file = writeSafetensors({
      metadata: { format: 'pt' },
      tensors: [
        ...types.map((type) => ({ name: type, type, shape: [3, 2], values })),
        { name: 'scalar', type: 'F32', shape: [], values: Float32Array.of(7) },
        { name: 'none', type: 'F32', shape: [0, 4], values: new Float32Array(0) },
        { name: 'ids', type: 'I64', shape: [1], bytes: new Uint8Array(8) },
      ],
    });
    const weights = await open(file);
    expect(weights.format).toBe('safetensors');
    expect(weights.metadata).toEqual(new Map([['format', 'pt']]));
    for (const type of types) {
      expect(await weights.readFloat32(type)).toEqual(values);
      expect(await weights.readFloat32(type, { rows: { start: 1, end: 2 } })).toEqual(values.slice(2, 4));
    }
    expect(await weights.readFloat32('scalar')).toEqual(Float32Array.of(7));
    expect(await weights.readFloat32('none')).toEqual(new Float32Array(0));
    expect(await codeOf(weights.readFloat32('ids'))).toBe('weights-unsupported-type');
  });

  const entry = (offsets: number[], more = '') => `{"dtype":"F32","shape":[1],"data_offsets":[${offsets}]${more}}`;

  it.each([
    ['data cut off', `{"a":${entry([0, 4])}}`, 3, 'weights-truncated'],
    ['a tensor out of range', `{"a":${entry([8, 12])}}`, 4, 'weights-truncated'],
    ['overlapping tensors', `{"a":${entry([0, 4])},"b":${entry([2, 6])}}`, 6, 'weights-overlap'],
    ['a hole', `{"a":${entry([0, 4])},"b":${entry([8, 12])}}`, 12, 'weights-malformed'],
    ['hidden data', `{"a":${entry([0, 4])}}`, 5, 'weights-malformed'],
    ['a shape of another size', `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4, 'weights-malformed'],
    ['reversed offsets', `{"a":${entry([4, 0])}}`, 4, 'weights-malformed'],
    ['negative offsets', `{"a":${entry([-4, 0])}}`, 4, 'weights-malformed'],
    ['a repeated tensor', `{"a":${entry([0, 4])},"a":${entry([0, 4])}}`, 4, 'weights-duplicate'],
    ['a repeated field', `{"a":${entry([0, 4], ',"dtype":"F32"')}}`, 4, 'weights-duplicate'],
    ['a repeated name in escapes', `{"a":${entry([0, 4])},"\\u0061":${entry([0, 4])}}`, 4, 'weights-duplicate'],
    ['broken JSON', `{"a":`, 0, 'weights-malformed'],
    ['no dtype', `{"a":{"shape":[1],"data_offsets":[0,4]}}`, 4, 'weights-malformed'],
    ['a shape that is none', `{"a":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}`, 4, 'weights-malformed'],
    ['an absurd shape', `{"a":{"dtype":"F32","shape":[1e15,1e15],"data_offsets":[0,4]}}`, 4, 'weights-malformed'],
    ['an entry that is no object', `{"a":1}`, 0, 'weights-malformed'],
    ['metadata that is not text', `{"__metadata__":{"a":1}}`, 0, 'weights-malformed'],
    ['too many dimensions', `{"a":{"dtype":"F32","shape":[1,1,1,1,1],"data_offsets":[0,4]}}`, 4, 'weights-limit'],
  ])('refuses %s', async (_, header, dataBytes, code) => {
    expect(await codeOf(open(assembleSafetensors(header, new Uint8Array(dataBytes))))).toBe(code);
  });

  it('does not take colons and quotes within names for keys', async () => {
    const name = 'a":"b\\:{';
    const weights = await open(
      writeSafetensors({ tensors: [{ name, type: 'F32', shape: [1], values: values.slice(0, 1) }] }),
    );
    expect(await weights.readFloat32(name)).toEqual(Float32Array.of(1));
  });

  it('checks the length of the header before reading it', async () => {
    const file = writeSafetensors({ tensors: [] });
    file.set([255, 255, 255, 255, 255, 255, 255, 255], 0);
    expect(await codeOf(open(file))).toBe('weights-truncated');
    const long = writeSafetensors({ tensors: [{ name: 'a', type: 'F32', shape: [6], values }] });
    expect(await codeOf(open(long, { ...defaultWeightsLimits, maxHeaderBytes: 10 }))).toBe('weights-limit');
  });

  it('does not read a block type of ggml as if safetensors had it', async () => {
    const weights = await open(
      writeSafetensors({ tensors: [{ name: 'a', type: 'Q8_0', shape: [32], bytes: new Uint8Array(34) }] }),
    );
    expect(await codeOf(weights.readFloat32('a'))).toBe('weights-unsupported-type');
  });
});

describe('shards', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foretoken-shards-'));
    for (const name of ['a', 'b']) {
      const tensor = { name, type: 'F32' as const, shape: [3, 2], values: values.map((v) => (name === 'a' ? v : -v)) };
      await writeFile(
        join(folder, `${name}.safetensors`),
        writeSafetensors({ metadata: { [name]: name }, tensors: [tensor] }),
      );
    }
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function writeIndex(map: unknown): Promise<string> {
    const path = join(folder, 'model.safetensors.index.json');
    await writeFile(path, JSON.stringify({ metadata: { total_size: 48 }, weight_map: map }));
    return path;
  }

  it('are one set of weights, by the folder or by the index', async () => {
    const index = await writeIndex({ a: 'a.safetensors', b: 'b.safetensors' });
    for (const path of [index, folder]) {
      const weights = await openWeights(path);
      expect([...weights.tensors.keys()]).toEqual(['a', 'b']);
      expect([...weights.metadata.keys()]).toEqual(['a', 'b']);
      expect(await weights.readFloat32('b', { rows: { start: 0, end: 1 } })).toEqual(Float32Array.of(-1, 2.5));
      expect(await codeOf(weights.readFloat32('c'))).toBe('weights-unknown-tensor');
      await weights.close();
      await weights.close();
      expect(await codeOf(weights.readFloat32('a'))).toBe('weights-closed');
    }
  });

  it.each(['../a.safetensors', '/etc/passwd', 'x/../../a.safetensors', '..', 'c:\\a.safetensors', '..\\a', 'a\0b'])(
    'refuses the shard name %j',
    async (shard) => {
      expect(await codeOf(openWeights(await writeIndex({ a: shard })))).toBe('weights-unsafe-path');
    },
  );

  it.each([
    ['a missing shard', { a: 'gone.safetensors' }, 'weights-missing-shard'],
    ['a tensor that its shard lacks', { a: 'b.safetensors' }, 'weights-malformed'],
    ['a shard that is no name', { a: 1 }, 'weights-malformed'],
    ['no map', undefined, 'weights-malformed'],
  ])('refuses %s', async (_, map, code) => {
    expect(await codeOf(openWeights(await writeIndex(map)))).toBe(code);
  });

  it('refuses a folder with a choice, and one without weights', async () => {
    expect(await codeOf(openWeights(folder))).toBe('weights-not-found');
    expect(await codeOf(openWeights(join(folder, 'nothing')))).toBe('weights-not-found');
    await rm(join(folder, 'b.safetensors'));
    expect([...(await openWeights(folder)).tensors.keys()]).toEqual(['a']);
    await rm(join(folder, 'a.safetensors'));
    expect(await codeOf(openWeights(folder))).toBe('weights-not-found');
  });
});

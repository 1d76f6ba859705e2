import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWeights } from '@foretoken/backend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WrittenValue, writeGguf } from '../testing/write-gguf.js';
import { splitPartNames, standsForModel } from './split-name.js';

const uint16 = (value: number): WrittenValue => ({ type: 2, bytes: new Uint8Array(Uint16Array.of(value).buffer) });
const tensor = (name: string, value: number) =>
  ({ name, type: 'F32', shape: [2], values: Float32Array.of(value, value) }) as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-split-'));
});
afterEach(() => rm(folder, { recursive: true }));

const nameOf = (part: number) => join(folder, `m-0000${part}-of-00003.gguf`);

/** As `llama-gguf-split` writes them: metadata in the first part only. */
async function writePart(part: number, changes: { no?: number; count?: number; total?: number; tensor?: string } = {}) {
  const bytes = writeGguf({
    metadata: {
      ...(part === 1 ? { 'general.architecture': 'llama' } : {}),
      'split.no': uint16(changes.no ?? part - 1),
      'split.count': uint16(changes.count ?? 3),
      'split.tensors.count': changes.total ?? 3,
    },
    tensors: [tensor(changes.tensor ?? `t${part}`, part)],
  });
  await writeFile(nameOf(part), bytes);
}

describe('a split GGUF file', () => {
  beforeEach(async () => {
    for (const part of [1, 2, 3]) await writePart(part);
  });

  it.each([
    ['its first part', () => nameOf(1)],
    ['another part', () => nameOf(3)],
    ['its folder', () => folder],
  ])('is opened whole by %s', async (_, path) => {
    const file = await openWeights(path());
    expect([...file.tensors.keys()]).toEqual(['t1', 't2', 't3']);
    expect(file.metadata.get('general.architecture')).toBe('llama');
    for (const part of [1, 2, 3]) {
      expect([...(await file.readFloat32(`t${part}`))]).toEqual([part, part]);
      expect(file.pathOf(`t${part}`)).toBe(nameOf(part));
    }
    await file.close();
    await expect(file.readFloat32('t2')).rejects.toMatchObject({ code: 'weights-closed' });
  });

  it('says which part is missing', async () => {
    await rm(nameOf(2));
    await expect(openWeights(nameOf(1))).rejects.toMatchObject({
      code: 'weights-missing-shard',
      message: expect.stringContaining('m-00002-of-00003.gguf'),
    });
  });

  it('refuses parts of another name', async () => {
    const path = join(folder, 'renamed.gguf');
    await rename(nameOf(1), path);
    await expect(openWeights(path)).rejects.toMatchObject({ code: 'weights-missing-shard' });
  });

  it.each<[string, Parameters<typeof writePart>[1]]>([
    ['weights-malformed', { no: 2 }],
    ['weights-malformed', { count: 4 }],
    ['weights-duplicate', { tensor: 't1' }],
  ])('refuses parts that do not belong together: %s %j', async (code, changes) => {
    await writePart(2, changes);
    await expect(openWeights(nameOf(1))).rejects.toMatchObject({ code });
  });

  it('refuses another number of tensors than announced', async () => {
    await writePart(1, { total: 5 });
    await expect(openWeights(nameOf(1))).rejects.toThrow(/3 tensors together; the first announces 5/);
  });
});

it('knows the names of parts', () => {
  expect(splitPartNames('a/m-00002-of-00002.gguf')).toEqual(['a/m-00001-of-00002.gguf', 'a/m-00002-of-00002.gguf']);
  expect(splitPartNames('m.gguf')).toBeUndefined();
  expect(splitPartNames('m-00001-of-00000.gguf')).toBeUndefined();
  expect(['m.gguf', 'm-00001-of-00002.gguf', 'm-00002-of-00002.gguf'].map(standsForModel)).toEqual([true, true, false]);
});

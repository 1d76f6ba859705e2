import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Matrix, WeightSource } from '../executors/weight.js';
import { dequantiseQ4_0 } from '../weights/dequantise/simple-quants.js';
import { requantisedFiles, requantisedWeights } from './requantised-weights.js';

const matrix = (name: string, columns: number): Matrix => ({ kind: 'matrix', name, rows: 2, columns, use: 'layer' });
const DECLARED = [matrix('half', 64), matrix('small', 64), matrix('odd', 40), matrix('other', 32)];
const TYPES: Readonly<Record<string, string>> = { half: 'F16', small: 'Q4_0', odd: 'F16', other: 'Q8_0' };

let folder: string;
let loads: string[];

const source: WeightSource = {
  async load({ name }, target) {
    loads.push(name);
    target.forEach((_, i) => {
      target[i] = (name.length * ((i % 16) - 8)) / 4;
    });
  },
  locate: ({ name, rows }) => [{ path: 'file', byteOffset: 0, type: TYPES[name] ?? '', rows, order: 'halves' }],
};

beforeEach(async () => {
  loads = [];
  folder = await mkdtemp(join(tmpdir(), 'foretoken-requantised-'));
  await writeFile(join(folder, 'weights'), 'x');
});
afterEach(() => rm(folder, { recursive: true }));

const round = () =>
  requantisedWeights({ source, declared: DECLARED, weightsPath: join(folder, 'weights'), folder: join(folder, 'out') });

it('rounds the matrices that have more bits, once', async () => {
  const first = await round();
  expect(loads).toEqual(['half', 'other']);
  const [rows] = first.locate?.(matrix('other', 32)) ?? [];
  expect(rows).toMatchObject({ type: 'Q4_0', rows: 2, order: 'pairs', byteOffset: 4 * 18 });
  const bytes = (await readFile(rows?.path ?? '')).subarray(rows?.byteOffset);
  const values = new Float32Array(64);
  dequantiseQ4_0(bytes, values);
  expect([...values.subarray(0, 16)]).toEqual(Array.from({ length: 16 }, (_, i) => (5 * (i - 8)) / 4));
  for (const [name, columns] of [
    ['small', 64],
    ['odd', 40],
  ] as const) {
    expect(first.locate?.(matrix(name, columns))).toMatchObject([{ path: 'file' }]);
  }
  await round();
  expect(loads).toHaveLength(2);
});

it('rounds anew when the weights have changed or the file is cut short', async () => {
  await round();
  const [name = ''] = await readdir(join(folder, 'out'));
  await writeFile(join(folder, 'out', name), 'short');
  await round();
  expect(loads).toHaveLength(4);
  await utimes(join(folder, 'weights'), 1, 1);
  await round();
  expect(loads).toHaveLength(6);
  expect(await readdir(join(folder, 'out'))).toHaveLength(1);
});

it('leaves the files of other models, and nothing that a killed process left an hour ago', async () => {
  await round();
  await writeFile(join(folder, 'more'), 'x');
  const out = join(folder, 'out');
  await writeFile(join(out, 'a.q4_0.1.part'), 'x');
  await utimes(join(out, 'a.q4_0.1.part'), 1, 1);
  await writeFile(join(out, 'b.q4_0.2.part'), 'x');
  await requantisedWeights({ source, declared: DECLARED, weightsPath: join(folder, 'more'), folder: out });
  expect(await readdir(out)).toHaveLength(3);
  expect(await requantisedFiles(out, join(folder, 'more'))).toHaveLength(1);
  expect(await requantisedFiles(out, join(folder, 'weights'))).toHaveLength(1);
  expect(await readdir(out)).toContain('b.q4_0.2.part');
});

it('leaves no file behind when it fails', async () => {
  const failing: WeightSource = { ...source, load: () => Promise.reject(new Error('no disk')) };
  const out = join(folder, 'out');
  const attempt = requantisedWeights({
    source: failing,
    declared: DECLARED,
    weightsPath: join(folder, 'weights'),
    folder: out,
  });
  await expect(attempt).rejects.toThrow('no disk');
  expect(await readdir(out)).toEqual([]);
});

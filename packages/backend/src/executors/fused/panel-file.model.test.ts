import {
  appendFile,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeOperators } from '@foretoken/operators';
import { loadTensorFlow } from '@foretoken/tensorflow';
import type { ProgressEvent } from '@foretoken/tensorflow/status';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../../../core/src/testing/seeded-random.js';
import { randomWeights } from '../../../../operators/src/testing/random-weights.js';
import { loadFusedOperators } from './load-fused-operators.js';
import { openPanelFile, type PanelRows } from './panel-file.js';
import { removePanelFiles } from './panel-header.js';

let operators: NativeOperators;
let folder: string;
let model: string;
let rows: readonly PanelRows[];

beforeAll(async () => {
  const fused = await loadFusedOperators(await loadTensorFlow({ device: 'cpu' }));
  if (fused.kind === 'unavailable') throw new Error(fused.reason);
  operators = fused.operators;
  folder = await mkdtemp(join(tmpdir(), 'foretoken-panels-'));
  model = join(folder, 'model.bin');
  const random = seededRandom(1);
  const matrices = [
    { format: 'Q8_0', rows: 37, columns: 96 },
    { format: 'Q6_K', rows: 64, columns: 256 },
  ] as const;
  const stored = matrices.map(
    ({ format, rows: count, columns }) => randomWeights(random, format, count * columns).bytes,
  );
  await writeFile(model, Buffer.concat(stored));
  rows = matrices.map((matrix, index) => ({
    ...matrix,
    path: model,
    byteOffset: index * (stored[0]?.byteLength ?? 0),
  }));
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens the panels of the model, and says whether they had to be made. */
async function open(directory: string): Promise<{ readonly made: boolean; readonly offsets: readonly number[] }> {
  const events: ProgressEvent[] = [];
  const { file, offsets } = await openPanelFile(rows, {
    operators,
    directory,
    onProgress: (event) => events.push(event),
  });
  file.check();
  file.close();
  return { made: events.some(({ kind }) => kind === 'finish'), offsets };
}

it('is made once, for the file as it is', async () => {
  const directory = join(folder, 'once');
  const first = await open(directory);
  expect(first.made).toBe(true);
  expect(first.offsets.every((offset) => offset % 64 === 0)).toBe(true);
  expect(await open(directory)).toEqual({ ...first, made: false });
  const [name = ''] = await readdir(directory);
  const { size } = await stat(join(directory, name));
  expect(size).toBe((first.offsets[1] ?? 0) + operators.panelBytes({ format: 'Q6_K', rows: 64, columns: 256 }));
});

it('is made anew when the model changes, and what was made before goes', async () => {
  const directory = join(folder, 'anew');
  await open(directory);
  const before = await readdir(directory);
  const bytes = await readFile(model);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  await writeFile(model, bytes);
  expect((await open(directory)).made).toBe(true);
  expect(await readdir(directory)).toHaveLength(1);
  expect(await readdir(directory)).not.toEqual(before);
});

it('serves a copy of the model with another time of change, and sees a change between the samples', async () => {
  const directory = join(folder, 'copied');
  await truncate(model, 16 << 20);
  await open(directory);
  await utimes(model, new Date(), new Date(Date.now() + 5000));
  expect((await open(directory)).made).toBe(false);
  const file = await openFile(model, 'r+');
  await file.write('x', 100 << 10);
  await file.close();
  await utimes(model, new Date(), new Date(Date.now() + 9000));
  expect((await open(directory)).made).toBe(true);
});

it('is made anew when it was cut short or grew', async () => {
  const directory = join(folder, 'damaged');
  await open(directory);
  const [name = ''] = await readdir(directory);
  await appendFile(join(directory, name), 'x');
  expect((await open(directory)).made).toBe(true);
  expect((await open(directory)).made).toBe(false);
});

it('is removed with its model, and others stay', async () => {
  const directory = join(folder, 'removed');
  await open(directory);
  await removePanelFiles(directory, [join(folder, 'other.bin')]);
  expect(await readdir(directory)).toHaveLength(1);
  await writeFile(join(directory, 'foreign.panels'), 'not ours');
  await removePanelFiles(directory, [model]);
  expect(await readdir(directory)).toEqual(['foreign.panels']);
});

it('removes what was left half written an hour ago or more, and nothing that is being written', async () => {
  const directory = join(folder, 'abandoned');
  await mkdir(directory);
  const hour = 3_600_000;
  for (const [name, age] of [
    ['old.panels.1.part', 1.1 * hour],
    ['older.panels.part', 100 * hour],
    ['young.panels.2.part', 0.9 * hour],
    ['other.txt', 100 * hour],
  ] as const) {
    await writeFile(join(directory, name), 'x');
    const changed = new Date(Date.now() - age);
    await utimes(join(directory, name), changed, changed);
  }
  await open(directory);
  const left = (await readdir(directory)).sort();
  expect(left).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.panels$/), 'other.txt', 'young.panels.2.part']);
  // What is found is not written, and cleans nothing up.
  await writeFile(join(directory, 'late.part'), 'x');
  await utimes(join(directory, 'late.part'), new Date(0), new Date(0));
  expect((await open(directory)).made).toBe(false);
  expect(await readdir(directory)).toContain('late.part');
});

it('leaves nothing behind where it can not be made', async () => {
  const directory = join(folder, 'broken');
  const [place] = rows;
  const beyond = [{ ...(place as PanelRows), rows: 1_000_000 }];
  await expect(openPanelFile(beyond, { operators, directory })).rejects.toThrow('reach beyond');
  expect(await readdir(directory)).toEqual([]);
});

it.runIf(process.platform === 'linux')('is read ahead but for the rows that are seldom needed', async () => {
  const large = join(folder, 'large.bin');
  const size = { rows: 16_384, columns: 1024 };
  await writeFile(large, randomWeights(seededRandom(2), 'Q8_0', size.rows * size.columns).bytes);
  const place = { path: large, byteOffset: 0, format: 'Q8_0', ...size } as const;
  const resident = async (limit: { readonly lastRows?: number }): Promise<number> => {
    const { file } = await openPanelFile([place], { operators, directory: join(folder, 'large'), ...limit });
    const mapped = (await readFile('/proc/self/smaps', 'utf8')).split(file.path)[1] ?? '';
    file.close();
    return 1024 * Number(/^Rss:\s+(\d+) kB/m.exec(mapped)?.[1] ?? 0);
  };
  const bytes = operators.panelBytes({ format: 'Q8_0', ...size });
  expect(await resident({})).toBeGreaterThanOrEqual(bytes);
  expect(await resident({ lastRows: 4096 })).toBeGreaterThanOrEqual(bytes / 4);
  expect(await resident({ lastRows: 4096 })).toBeLessThan(bytes / 2);
});

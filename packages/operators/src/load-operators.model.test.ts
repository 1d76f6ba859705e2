import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { compileOperators, loadOperators, OperatorsError, verifyCompiledOperators } from '@foretoken/operators';
import { addonToolchain, cacheDirectory, type ProgressListener } from '@foretoken/tensorflow';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { INSTRUCTIONS } from './kernel-sources.js';
import type { Instruction } from './program.js';
import { loadNative, type Native } from './testing/load-native.js';
import { openTableProgram } from './testing/table-program.js';

let native: Native;

beforeAll(async () => {
  native = await loadNative();
});

const folders: string[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'foretoken-operators-'));
  folders.push(path);
  return path;
}

afterEach(() => {
  vi.unstubAllEnvs();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

it('registers an operator that a SavedModel then runs', async () => {
  const { program, score, close } = await openTableProgram(native, [
    Float32Array.of(1, 2, 3),
    Float32Array.of(4, 5, 6),
  ]);
  score();
  expect([...native.operators.logits(program, 1)]).toEqual([4, 5, 6]);

  // Objects are looked up at each call: a closed one is named, not touched.
  program.close();
  program.close();
  expect(score).toThrow(`no program has the number ${program.id}`);
  close();
});

it('shares the one TensorFlow library of the process', () => {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  const libraries = new Set(maps.match(/\S*libtensorflow_framework\S*/g));
  expect(libraries.size).toBe(1);
  expect(maps).toContain('foretoken_operators.node');
});

it('gives back the memory that only the start of TensorFlow needed, and TensorFlow goes on', () => {
  const { tf, operators } = native;
  const pagesOfFiles = (): number =>
    1024 * Number(/^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const before = pagesOfFiles();
  expect(operators.releaseLibraryPages()).toBeGreaterThan(100e6);
  expect(before - pagesOfFiles()).toBeGreaterThan(100e6);
  const product = tf.matMul(tf.ones([3, 64]), tf.ones([64, 2]));
  expect(Array.from(product.dataSync())).toEqual([64, 64, 64, 64, 64, 64]);
});

it('compiles once, and loads twice without registering twice', async () => {
  const toolchain = (await addonToolchain())!;
  const first = await compileOperators({ toolchain, cacheDirectory: cacheDirectory() });
  expect(await compileOperators({ toolchain, cacheDirectory: cacheDirectory() })).toBe(first);
  const again = await loadOperators({ toolchain, cacheDirectory: cacheDirectory() });
  expect(again.threads).toBe(native.operators.threads);
  expect(INSTRUCTIONS[process.arch]).toContain(again.instructions);
});

it('takes what was compiled before without a compiler, from a copy elsewhere that can not be written to', async () => {
  const toolchain = (await addonToolchain())!;
  const first = await compileOperators({ toolchain, cacheDirectory: cacheDirectory() });
  const copy = folder();
  cpSync(dirname(first), join(copy, 'operators', basename(dirname(first))), { recursive: true });
  chmodSync(join(copy, 'operators'), 0o555);
  for (const compiler of [undefined, 'false', 'clang++ -O0', toolchain.compiler]) {
    const elsewhere = { ...toolchain, compiler, includeFolders: ['/nowhere'], libraryFolder: '/nowhere' };
    const found = await compileOperators({ toolchain: elsewhere, cacheDirectory: copy });
    expect(found.slice(copy.length)).toBe(first.slice(cacheDirectory().length));
  }
});

it('refuses to run what was changed after it was compiled', async () => {
  const toolchain = (await addonToolchain())!;
  const first = await compileOperators({ toolchain, cacheDirectory: cacheDirectory() });
  const copy = folder();
  cpSync(dirname(first), join(copy, 'operators', basename(dirname(first))), { recursive: true });
  const addon = await compileOperators({ toolchain, cacheDirectory: copy });
  expect(await verifyCompiledOperators(copy)).toEqual([{ path: addon, state: 'intact' }]);
  const bytes = readFileSync(addon);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(addon, bytes);
  const load = loadOperators({ toolchain, cacheDirectory: copy });
  expect(await verifyCompiledOperators(copy)).toEqual([{ path: addon, state: 'changed' }]);
  await expect(load).rejects.toMatchObject({ code: 'damaged', message: expect.stringContaining(addon) });
  // Without the record it counts as not made.
  rmSync(`${addon}.sha256`);
  const without = compileOperators({ toolchain: { ...toolchain, compiler: undefined }, cacheDirectory: copy });
  await expect(without).rejects.toMatchObject({ code: 'no-compiler' });
});

it('does not take what was compiled against another TensorFlow, and says what is missing', async () => {
  const toolchain = { ...(await addonToolchain())!, compiler: undefined };
  const other = { ...toolchain, tensorflowVersion: '0.0.0' };
  await expect(compileOperators({ toolchain: other, cacheDirectory: cacheDirectory() })).rejects.toMatchObject({
    code: 'no-compiler',
    message: expect.stringContaining('apt install g++'),
  });
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  const compiling = { ...toolchain, compiler: 'g++' };
  await expect(compileOperators({ toolchain: compiling, cacheDirectory: file })).rejects.toMatchObject({
    code: 'cache-not-writable',
    message: expect.stringContaining('FORETOKEN_CACHE'),
  });
});

it('tells that it compiles, says what the compiler said, and leaves nothing half made', async () => {
  const steps: string[] = [];
  const onProgress: ProgressListener = (event) => steps.push(event.kind);
  const toolchain = (await addonToolchain())!;
  await compileOperators({ toolchain, cacheDirectory: cacheDirectory(), onProgress });
  expect(steps).toEqual([]);
  const empty = folder();
  const broken = { ...toolchain, compiler: 'false' };
  await expect(compileOperators({ toolchain: broken, cacheDirectory: empty, onProgress })).rejects.toMatchObject({
    code: 'compile-failed',
    message: expect.stringContaining('could not build'),
  });
  expect(steps).toEqual(['start']);
  expect(readdirSync(join(empty, 'operators'))).toEqual([]);
});

it('refuses numbers of threads that are none, and instructions that the processor does not have', async () => {
  const toolchain = (await addonToolchain())!;
  const load = () => loadOperators({ toolchain, cacheDirectory: cacheDirectory() });
  vi.stubEnv('FORETOKEN_THREADS', 'many');
  await expect(load()).rejects.toMatchObject({ code: 'invalid-option' });
  vi.unstubAllEnvs();
  // What this process was started with has been taken: another one is as one that the processor lacks.
  vi.stubEnv('FORETOKEN_INSTRUCTIONS', native.operators.instructions === 'portable' ? 'avx2' : 'portable');
  await expect(load()).rejects.toMatchObject({ code: 'invalid-option' });
  expect(() => native.operators.setThreads(0)).toThrow(OperatorsError);
});

it('refuses objects that do not fit one another', () => {
  const { operators } = native;
  const mapping = operators.copyBytes(new Uint8Array(64));
  const part = { mapping, offset: 0, format: 'Q8_0', rows: 1 } as const;
  expect(() => operators.createMatrix({ columns: 33, parts: [part] })).toThrow('whole blocks');
  expect(() => operators.createMatrix({ columns: 32, parts: [{ ...part, rows: 2 }] })).toThrow('beyond the 64 bytes');
  expect(() => operators.createMatrix({ columns: 32, parts: [{ ...part, offset: 31 }] })).toThrow('beyond');
  expect(() => operators.createMatrix({ columns: 32, parts: [{ ...part, interleave: 3 }] })).toThrow('interleaved');
  expect(() => operators.createMatrix({ columns: 32, parts: [] })).toThrow('parts');
  expect(() => operators.mapFile('/nonexistent/file', { ahead: 0 })).toThrow('No such file');
  mapping.close();
  expect(() => operators.createMatrix({ columns: 32, parts: [part] })).toThrow('no mapping');
});

it('names an operation, a property or a format that it does not know', () => {
  const { operators } = native;
  const mapping = operators.copyBytes(new Uint8Array(64));
  const part = { mapping, offset: 0, format: 'F32', rows: 4 } as const;
  expect(() => operators.createMatrix({ columns: 4, parts: [{ ...part, format: 'IQ2_XS' as 'F32' }] })).toThrow(
    "no format is called 'IQ2_XS'",
  );
  const table = operators.createMatrix({ columns: 4, parts: [part] });
  const cache = operators.createCache({
    ...{ layers: 1, heads: 1, kvHeads: 1, headSize: 2, slots: 1, slotCapacity: 4 },
    rotation: new Float32Array(8),
  });
  const create = (instruction: object) => () =>
    operators.createProgram({ cache, instructions: [instruction as Instruction] });
  expect(create({ kind: 'convolution' })).toThrow("no operation is called 'convolution'");
  expect(create({ kind: 'embedding' })).toThrow('an embedding needs a table');
  expect(create({ kind: 'embedding', table, window: 4 })).toThrow("'window' is not known here");
  expect(create({ kind: 'scoredRows', input: 'first' })).toThrow('input is missing');
  table.close();
  expect(create({ kind: 'embedding', table })).toThrow('no table has this number');
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { OperatorsError } from './errors.js';
import { Gpu, type KernelCompiler, type OpenGpuOptions } from './gpu.js';
import { fakeGpu } from './testing/fake-gpu.js';
import { loadNative } from './testing/load-native.js';

let operators: OpenGpuOptions['operators'];
let library: string;
let folder: string;
let obtained: number;
let steps: string[];

beforeAll(async () => {
  [{ operators }, library] = await Promise.all([loadNative(), fakeGpu()]);
}, 300_000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foretoken-gpu-'));
  obtained = 0;
  steps = [];
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A machine with NVRTC, or one that has to fetch it. */
const compiler = (installed = true): KernelCompiler => ({
  find: async () => (installed ? library : undefined),
  obtain: async () => {
    obtained++;
    return library;
  },
});

const open = (options: Partial<OpenGpuOptions> = {}): Gpu =>
  Gpu.open({
    operators,
    compiler: compiler(),
    cacheDirectory: folder,
    driver: library,
    onProgress: ({ kind, step }) => {
      if (kind === 'start') steps.push(step);
    },
    ...options,
  });

const cubins = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cubin'))
    .map((name) => name.split('/').slice(-2).join('/'))
    .sort();

it('describes the GPU', () => {
  const gpu = open();
  expect(gpu.description).toMatchObject({ name: 'Fake GPU', architecture: 90, memory: 8 * 2 ** 30 });
  expect(gpu.takeFault()).toBeUndefined();
  gpu.close();
});

it.each([
  ['no-gpu-driver', {}, '/nowhere/libcuda.so.1'],
  ['gpu-driver-too-old', { FAKE_CUDA_VERSION: '11080' }, undefined],
  ['no-gpu', { FAKE_CUDA_DEVICES: '0' }, undefined],
  ['gpu-too-old', { FAKE_CUDA_ARCHITECTURE: '75' }, undefined],
] as const)('says %s', (code, environment, driver) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const opening = () => open(driver === undefined ? {} : { driver });
  expect(opening).toThrow(OperatorsError);
  expect(opening).toThrow(expect.objectContaining({ code }));
});

it('compiles what formats need, once for a GPU and a version of NVRTC', async () => {
  const gpu = open();
  await gpu.prepare(['F32', 'Q4_K', 'BF16']);
  const folderName = 'sm_90-nvrtc-12.9';
  expect(cubins()).toEqual(['pass', 'product-f16', 'product-q4_k'].map((name) => `${folderName}/${name}.cubin`));
  expect(steps).toHaveLength(3);
  await gpu.prepare(['Q4_K']);
  await open().prepare(['F16', 'Q4_K']);
  expect(steps).toHaveLength(3);
  expect(obtained).toBe(3);
  // A cache that was filled elsewhere needs no NVRTC.
  await open({
    compiler: { find: async () => undefined, obtain: () => Promise.reject(new Error('no network')) },
  }).prepare(['Q4_K']);
  // Another GPU has its own; one that NVRTC does not know gets code that the driver translates.
  vi.stubEnv('FAKE_CUDA_ARCHITECTURE', '89');
  await open().prepare([]);
  expect(steps).toHaveLength(4);
  const translated = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('sm_89-nvrtc-12.9/pass.cubin'),
  );
  expect(readFileSync(join(folder, translated!), 'utf8')).toContain('--gpu-architecture=compute_80');
});

it('compiles for two models at a time', async () => {
  await Promise.all([open().prepare(['Q4_K']), open().prepare(['Q4_K'])]);
  await open().prepare(['Q4_K']);
  expect(cubins()).toHaveLength(2);
});

it('refuses kernels that were changed, and says what the compiler said', async () => {
  await open().prepare([]);
  const path = join(
    folder,
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.cubin'))!,
  );
  writeFileSync(path, 'other');
  await expect(open().prepare([])).rejects.toMatchObject({ code: 'damaged', message: expect.stringContaining(path) });
  rmSync(`${path}.sha256`);
  vi.stubEnv('FAKE_NVRTC_FAILS', '1');
  await expect(open().prepare([])).rejects.toMatchObject({
    code: 'compile-failed',
    message: expect.stringContaining('error: asked for'),
  });
  const missing = open({ compiler: { find: async () => '/nowhere/libnvrtc.so.12', obtain: async () => '' } });
  await expect(missing.prepare([])).rejects.toMatchObject({ code: 'no-gpu-compiler' });
});

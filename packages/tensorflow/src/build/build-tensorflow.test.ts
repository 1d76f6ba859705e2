import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { fakeCommands } from '../testing/fake-commands.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { writeZip } from '../testing/write-zip.js';
import { verifyBuild } from './build-manifest.js';
import { buildTensorFlow } from './build-tensorflow.js';

afterEach(() => vi.unstubAllEnvs());

const NAME = 'tensorflow-1.0-cp311-cp311-manylinux_2_27_x86_64.whl';

function setUp() {
  const folder = temporaryFolder();
  const wheel = join(folder, NAME);
  writeZip(wheel, [
    { name: 'tensorflow/libtensorflow_cc.so.2', content: 'library' },
    { name: 'tensorflow/libtensorflow_framework.so.2', content: 'framework' },
    { name: 'tensorflow/include/tensorflow/c/c_api.h', content: 'header' },
    { name: 'tensorflow/python/large.so', content: 'not needed' },
    { name: 'nvidia/cublas/lib/libcublas.so.12', content: 'cuda' },
    { name: 'nvidia/cublas/include/cublas.h', content: 'not needed' },
  ]);
  const sha256 = hash('sha256', readFileSync(wheel));
  const log = fakeCommands(folder, { wheel });
  const build = (allowDownload = true) =>
    buildTensorFlow({
      device: 'cpu',
      cacheDirectory: join(folder, 'cache'),
      allowDownload,
      wheels: [{ package: 'tensorflow', version: '1.0', name: NAME, sha256 }],
    });
  // The addon is two compilations; the first one stands for both.
  const work = () =>
    log()
      .filter((line) => !line.includes('tfjs_binding.cc'))
      .map((line) => line.split(' ')[0]);
  return { build, work };
}

it('builds once: a second call starts no program', async () => {
  const { build, work } = setUp();
  const layout = await build();
  expect(work()).toEqual(['npm', 'python3', 'g++']);
  expect(readFileSync(layout.addon, 'utf8')).toBe('addon\n');
  expect(readdirSync(layout.tensorflow).sort()).toEqual([
    'include',
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
  ]);
  expect(readdirSync(join(layout.sitePackages, 'nvidia/cublas'))).toEqual(['lib']);
  expect(existsSync(layout.downloads)).toBe(false);
  expect(existsSync(layout.lock)).toBe(false);
  expect(await build(false)).toEqual(layout);
  expect(work()).toHaveLength(3);
});

it('builds once for two callers at the same time', async () => {
  const { build, work } = setUp();
  await Promise.all([build(), build()]);
  expect(work()).toEqual(['npm', 'python3', 'g++']);
});

it('goes on where an earlier attempt failed, and cleans up what it left half done', async () => {
  const { build, work } = setUp();
  vi.stubEnv('FAKE_NPM_STATUS', '1');
  await expect(build()).rejects.toMatchObject({ code: 'download-failed' });
  vi.stubEnv('FAKE_NPM_STATUS', '');
  vi.stubEnv('FAKE_COMPILER_STATUS', '1');
  await expect(build()).rejects.toMatchObject({
    code: 'compile-failed',
    message: expect.stringContaining('error: fake'),
  });
  vi.stubEnv('FAKE_COMPILER_STATUS', '');
  const layout = await build();
  expect(work()).toEqual(['npm', 'npm', 'python3', 'g++', 'g++']);
  expect(readdirSync(layout.root).filter((name) => name.includes('partial'))).toEqual([]);
});

it('removes the leftovers of a process that was killed', async () => {
  const { build } = setUp();
  const layout = await build();
  rmSync(layout.manifest);
  mkdirSync(join(layout.root, 'unpacking.partial/tensorflow'), { recursive: true });
  mkdirSync(join(layout.root, 'node.partial'));
  await build();
  expect(readdirSync(layout.root).filter((name) => name.includes('partial'))).toEqual([]);
});

it('notices a damaged library or addon and repairs it', async () => {
  const { build, work } = setUp();
  const layout = await build();
  writeFileSync(layout.addon, 'damaged');
  await build();
  expect(readFileSync(layout.addon, 'utf8')).toBe('addon\n');
  writeFileSync(join(layout.tensorflow, 'libtensorflow_cc.so.2'), 'cut');
  await build();
  expect(readFileSync(join(layout.tensorflow, 'libtensorflow_cc.so.2'), 'utf8')).toBe('library');
  expect(work()).toEqual(['npm', 'python3', 'g++', 'g++', 'python3', 'g++']);
});

it('tells later whether a library was changed, in the same size too', async () => {
  const { build } = setUp();
  const layout = await build();
  const states = async (): Promise<string[]> => (await verifyBuild(layout)).map(({ state }) => state);
  expect(await states()).toEqual(['intact', 'intact', 'intact']);
  writeFileSync(join(layout.tensorflow, 'libtensorflow_cc.so.2'), 'Library');
  expect(await states()).toEqual(['intact', 'changed', 'intact']);
  const { librarySha256: _, ...older } = JSON.parse(readFileSync(layout.manifest, 'utf8'));
  writeFileSync(layout.manifest, JSON.stringify(older));
  expect(await states()).toEqual(['intact', 'unrecorded', 'unrecorded']);
  rmSync(layout.addon);
  expect((await states())[0]).toBe('changed');
});

it('starts afresh on a build by another version of this package', async () => {
  const { build, work } = setUp();
  const layout = await build();
  const manifest = JSON.parse(readFileSync(layout.manifest, 'utf8'));
  writeFileSync(layout.manifest, JSON.stringify({ ...manifest, manifestVersion: -1 }));
  await build();
  expect(work()).toEqual(['npm', 'python3', 'g++', 'npm', 'python3', 'g++']);
});

it('downloads nothing when it must not, or when there is no compiler', async () => {
  const { build, work } = setUp();
  await expect(build(false)).rejects.toMatchObject({ code: 'download-forbidden' });
  vi.stubEnv('CXX', '/nonexistent/compiler');
  await expect(build()).rejects.toMatchObject({ code: 'no-compiler' });
  expect(work()).toEqual([]);
});

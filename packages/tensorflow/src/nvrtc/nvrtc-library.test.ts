import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { fakeCommands } from '../testing/fake-commands.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { writeZip } from '../testing/write-zip.js';
import { findNvrtc, nvrtcLibrary, verifyNvrtc } from './nvrtc-library.js';

afterEach(() => vi.unstubAllEnvs());

const NAME = 'nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl';

function setUp() {
  const folder = temporaryFolder();
  const path = join(folder, NAME);
  writeZip(path, [
    { name: 'nvidia/cuda_nvrtc/lib/libnvrtc.so.12', content: 'compiler' },
    { name: 'nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.9', content: 'builtins' },
    { name: 'nvidia/cuda_nvrtc/lib/libnvrtc.alt.so.12', content: 'not needed' },
    { name: 'nvidia/cuda_nvrtc/include/nvrtc.h', content: 'not needed' },
  ]);
  const sha256 = hash('sha256', readFileSync(path));
  const log = fakeCommands(folder, { wheel: path });
  const wheel = { package: 'nvidia-cuda-nvrtc-cu12', version: '12.9.86', name: NAME, sha256 };
  return { options: { cacheDirectory: join(folder, 'cache'), wheel }, log };
}

it('fetches the compiler once, keeps what it needs, and records its hash', async () => {
  const { options, log } = setUp();
  const forbidden = nvrtcLibrary({ ...options, allowDownload: false });
  await expect(forbidden).rejects.toMatchObject({ code: 'download-forbidden' });
  const [library, same] = await Promise.all([nvrtcLibrary(options), nvrtcLibrary(options)]);
  expect(same).toBe(library);
  expect(log()).toHaveLength(1);
  expect(readFileSync(library, 'utf8')).toBe('compiler');
  expect(readdirSync(dirname(library)).sort()).toEqual([
    'libnvrtc-builtins.so.12.9',
    'libnvrtc.so.12',
    'libnvrtc.so.12.sha256',
  ]);
  expect(await nvrtcLibrary({ ...options, allowDownload: false })).toBe(library);
  expect(await verifyNvrtc(options.cacheDirectory)).toEqual([{ path: library, state: 'intact' }]);
  writeFileSync(library, 'changed');
  expect(await verifyNvrtc(options.cacheDirectory)).toEqual([{ path: library, state: 'changed' }]);
});

it('takes the one that FORETOKEN_NVRTC names, and fetches nothing', async () => {
  const { options, log } = setUp();
  vi.stubEnv('FORETOKEN_NVRTC', '/elsewhere/libnvrtc.so.12');
  expect(await findNvrtc(options)).toBe('/elsewhere/libnvrtc.so.12');
  expect(await nvrtcLibrary(options)).toBe('/elsewhere/libnvrtc.so.12');
  expect(log()).toEqual([]);
  expect(existsSync(options.cacheDirectory)).toBe(false);
});

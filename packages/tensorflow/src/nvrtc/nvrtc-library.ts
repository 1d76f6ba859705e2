import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VerifiedPart } from '../build/build-manifest.js';
import { holdLock } from '../build/hold-lock.js';
import { cudaLibraries } from '../build/pinned-cuda-libraries.js';
import { cacheDirectory } from '../cache-directory.js';
import { TensorFlowError } from '../errors.js';
import { requirePrivateCache } from '../private-cache.js';
import type { ProgressListener } from '../progress.js';
import { extractFromWheel } from '../wheel/extract-from-wheel.js';
import { fetchWheel, type Wheel } from '../wheel/fetch-wheel.js';
import { hashFile } from '../wheel/hash-file.js';

/** File name of the library: its name says which drivers take what it compiles. */
const LIBRARY = 'libnvrtc.so.12';

/** Where an installed CUDA 12 has it. */
const INSTALLED: readonly string[] = ['/usr/local/cuda/lib64', '/usr/local/cuda-12/lib64', '/usr/lib/x86_64-linux-gnu'];

export interface NvrtcOptions {
  /** Where it is kept when it was fetched. @default cacheDirectory() */
  readonly cacheDirectory?: string;
  /** Whether it may be fetched (90 MB). @default true */
  readonly allowDownload?: boolean;
  readonly onProgress?: ProgressListener;
  /** What is fetched. @default the pinned wheel of PyPI */
  readonly wheel?: Wheel;
}

/** NVIDIA's run-time compiler as far as it is on this machine: `FORETOKEN_NVRTC`, an installed CUDA 12, or what was fetched. */
export async function findNvrtc(options: Pick<NvrtcOptions, 'cacheDirectory'> = {}): Promise<string | undefined> {
  const named = process.env.FORETOKEN_NVRTC;
  if (named) return named;
  for (const folder of INSTALLED) {
    const path = join(folder, LIBRARY);
    if (existsSync(path)) return path;
  }
  const fetched = fetchedLibrary(options.cacheDirectory ?? cacheDirectory(), pinned());
  return existsSync(`${fetched}.sha256`) ? fetched : undefined;
}

/**
 * Path of the library of NVIDIA's run-time compiler, fetched from PyPI where this machine has none. It needs neither a GPU
 * nor a driver.
 *
 * @throws {TensorFlowError} `unsupported-platform`, `download-forbidden`, `no-pip`, `download-failed`, `hash-mismatch`,
 *   `bad-archive`, `lock-timeout`, `cache-not-private`.
 */
export async function nvrtcLibrary(options: NvrtcOptions = {}): Promise<string> {
  const { cacheDirectory: directory = cacheDirectory(), allowDownload = true, onProgress, wheel = pinned() } = options;
  const found = await findNvrtc({ cacheDirectory: directory });
  if (found !== undefined) return found;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new TensorFlowError(
      'unsupported-platform',
      `No NVRTC is pinned for ${process.platform}/${process.arch}. Install CUDA 12, and name its libnvrtc.so.12 with FORETOKEN_NVRTC.`,
    );
  }
  if (!allowDownload) {
    throw new TensorFlowError(
      'download-forbidden',
      `NVRTC, which compiles the kernels for a GPU, is not in ${directory} and downloads are not allowed. Allow them once, or name a libnvrtc.so.12 with FORETOKEN_NVRTC.`,
    );
  }
  await requirePrivateCache(directory);
  const target = fetchedLibrary(directory, wheel);
  const folder = dirname(target);
  await holdLock(`${folder}.lock`, async () => {
    if (existsSync(`${target}.sha256`)) return;
    const archive = await fetchWheel({ ...wheel, directory: join(dirname(folder), 'downloads'), onProgress });
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    await extractFromWheel(archive, { pick: isNeeded, directory: partial, onProgress });
    const unpacked = join(partial, 'nvidia', 'cuda_nvrtc', 'lib');
    await writeFile(join(unpacked, `${LIBRARY}.sha256`), `${await hashFile(join(unpacked, LIBRARY))}\n`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(unpacked, folder);
    await rm(partial, { recursive: true, force: true });
    await rm(archive, { force: true });
  });
  return target;
}

/** Holds what was fetched to the hash that was recorded then; nothing where none was. */
export async function verifyNvrtc(directory: string): Promise<readonly VerifiedPart[]> {
  const path = fetchedLibrary(directory, pinned());
  const recorded = await readFile(`${path}.sha256`, 'utf8').catch(() => undefined);
  if (recorded === undefined) return [];
  const found = await hashFile(path).catch(() => undefined);
  return [{ path, state: found === recorded.trim() ? 'intact' : 'changed' }];
}

/** The library and what it opens itself; another build of both lies beside them. */
function isNeeded(entry: string): boolean {
  return /^nvidia\/cuda_nvrtc\/lib\/libnvrtc(-builtins)?\.so[.\d]*$/.test(entry);
}

function pinned(): Wheel {
  const wheel = cudaLibraries.find((library) => library.package === 'nvidia-cuda-nvrtc-cu12');
  if (wheel === undefined) throw new Error('NVRTC is not among the pinned libraries');
  return wheel;
}

function fetchedLibrary(directory: string, wheel: Wheel): string {
  return join(directory, 'nvrtc', wheel.version, LIBRARY);
}

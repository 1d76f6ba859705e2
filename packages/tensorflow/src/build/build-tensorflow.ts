import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TensorFlowError } from '../errors.js';
import type { ProgressListener } from '../progress.js';
import type { Wheel } from '../wheel/fetch-wheel.js';
import { type BuildLayout, buildLayout } from './build-layout.js';
import { isBuilt, isOutdated, writeManifest } from './build-manifest.js';
import { compileAddon } from './compile-addon.js';
import { findCompiler } from './find-compiler.js';
import { holdLock } from './hold-lock.js';
import { installTfjsNode } from './install-tfjs-node.js';
import { type NativeDevice, pinnedWheels, TENSORFLOW_VERSION } from './pinned-release.js';
import { unpackWheel } from './unpack-wheel.js';

interface BuildOptions {
  readonly device: NativeDevice;
  readonly cacheDirectory: string;
  /** Whether packages may be fetched. */
  readonly allowDownload: boolean;
  readonly onProgress?: ProgressListener | undefined;
  /** What to build against; the first one holds TensorFlow itself. @default the wheels pinned for this platform */
  readonly wheels?: readonly Wheel[];
}

/**
 * Gives a finished build of the addon in the cache, making it first when there is none. Every step leaves its result
 * in place atomically, so an interrupted build goes on at the step it was in.
 *
 * @throws {TensorFlowError} `unsupported-platform`, `download-forbidden`, `no-compiler`, `no-pip`, `no-npm`,
 *   `download-failed`, `hash-mismatch`, `bad-archive`, `compile-failed`, `lock-timeout`.
 */
export async function buildTensorFlow(options: BuildOptions): Promise<BuildLayout> {
  const layout = buildLayout(options.cacheDirectory, options.device);
  if (await isBuilt(layout)) return layout;
  const wheels = options.wheels ?? pinnedWheels(options.device);
  if (!wheels) {
    throw new TensorFlowError(
      'unsupported-platform',
      `No TensorFlow ${TENSORFLOW_VERSION} wheel is pinned for ${options.device} on ${process.platform}/${process.arch}. Install @tensorflow/tfjs-node${options.device === 'cuda' ? '-gpu' : ''} yourself, or use device "wasm".`,
    );
  }
  if (!options.allowDownload) {
    throw new TensorFlowError(
      'download-forbidden',
      `TensorFlow is not in ${options.cacheDirectory} and downloads are not allowed. Allow them once, or point FORETOKEN_CACHE at a filled cache.`,
    );
  }
  await holdLock(layout.lock, () => build(layout, wheels, options), {
    onWait: () => options.onProgress?.({ kind: 'start', step: 'wait for another process that builds TensorFlow' }),
  });
  return layout;
}

async function build(layout: BuildLayout, wheels: readonly Wheel[], options: BuildOptions): Promise<void> {
  // Another process may have finished while this one waited for the lock.
  if (await isBuilt(layout)) return;
  // Before the download: without a compiler it would be of no use.
  const compiler = await findCompiler();
  if (!compiler) {
    throw new TensorFlowError(
      'no-compiler',
      `No C++ compiler found (${process.env.CXX ? `CXX=${process.env.CXX}` : 'g++, c++, clang++'}). Install one (Debian: apt install g++) or set CXX.`,
    );
  }
  if (await isOutdated(layout)) await rm(layout.root, { recursive: true, force: true });
  await removePartials(layout.root);
  const { onProgress } = options;
  if (!existsSync(layout.tfjsNode)) {
    await step(onProgress, 'install tfjs-node', () => installTfjsNode(layout));
  }
  for (const wheel of wheels) await unpackWheel(layout, wheel, onProgress);
  await step(onProgress, 'compile the TensorFlow addon', () => compileAddon(layout, compiler));
  const hashes = Object.fromEntries(wheels.map(({ name, sha256 }) => [name, sha256]));
  await writeManifest(layout, { wheels: hashes, compiler: compiler.version });
  await rm(layout.downloads, { recursive: true, force: true });
}

async function removePartials(root: string): Promise<void> {
  const entries = await readdir(root).catch(() => []);
  for (const name of entries.filter((entry) => entry.endsWith('.partial'))) {
    await rm(join(root, name), { recursive: true, force: true });
  }
}

async function step(
  onProgress: ProgressListener | undefined,
  name: string,
  action: () => Promise<void>,
): Promise<void> {
  onProgress?.({ kind: 'start', step: name });
  await action();
  onProgress?.({ kind: 'finish', step: name });
}

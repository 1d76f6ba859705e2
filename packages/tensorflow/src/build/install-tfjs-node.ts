import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TensorFlowError } from '../errors.js';
import { runCommand } from '../run-command.js';
import type { BuildLayout } from './build-layout.js';
import { TFJS_NODE_VERSION } from './pinned-release.js';
import lock from './tfjs-node-lock.json' with { type: 'json' };

/**
 * Installs tfjs-node's JavaScript and C++ sources with npm, without its install script (which downloads a prebuilt
 * TensorFlow). npm checks each package, also those that these need, against the hash in `tfjs-node-lock.json`, which
 * `npm install --package-lock-only --omit-lockfile-registry-resolved` makes for the versions in `pinned-release.ts`.
 *
 * @throws {TensorFlowError} `no-npm` or `download-failed`.
 */
export async function installTfjsNode(layout: BuildLayout): Promise<void> {
  const partial = `${layout.node}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const { name, packages } = lock;
  const project = { name, private: true, dependencies: packages[''].dependencies };
  await writeFile(join(partial, 'package.json'), JSON.stringify(project));
  await writeFile(join(partial, 'package-lock.json'), JSON.stringify(lock));
  const result = await runCommand({
    command: 'npm',
    arguments: ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', partial],
  });
  if (result.kind === 'missing') {
    throw new TensorFlowError(
      'no-npm',
      'The TensorFlow addon is fetched with npm, which was not found in PATH. Install npm.',
    );
  }
  if (result.status !== 0) {
    await rm(partial, { recursive: true, force: true });
    throw new TensorFlowError(
      'download-failed',
      `npm could not install @tensorflow/tfjs-node@${TFJS_NODE_VERSION} (status ${result.status}): ${result.output.trim().slice(-600)}`,
    );
  }
  await removeSourceMaps(partial);
  await rm(layout.node, { recursive: true, force: true });
  await rename(partial, layout.node);
}

/** Source maps are two thirds of the 300 MB that tfjs installs. */
async function removeSourceMaps(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const maps = entries.filter((entry) => entry.isFile() && /\.js\.map$/.test(entry.name));
  for (const entry of maps) await rm(join(entry.parentPath, entry.name));
}

import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TensorFlowError } from '../errors.js';
import { runCommand } from '../run-command.js';
import type { BuildLayout } from './build-layout.js';
import { NODE_API_HEADERS_VERSION, TFJS_NODE_VERSION } from './pinned-release.js';

/**
 * Installs tfjs-node's JavaScript and C++ sources with npm, without its install script (which downloads a prebuilt
 * TensorFlow). npm checks the packages' hashes itself.
 *
 * @throws {TensorFlowError} `no-npm` or `download-failed`.
 */
export async function installTfjsNode(layout: BuildLayout): Promise<void> {
  const partial = `${layout.node}.partial`;
  await rm(partial, { recursive: true, force: true });
  const result = await runCommand({
    command: 'npm',
    arguments: [
      ...['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefix', partial],
      `@tensorflow/tfjs-node@${TFJS_NODE_VERSION}`,
      `node-api-headers@${NODE_API_HEADERS_VERSION}`,
    ],
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

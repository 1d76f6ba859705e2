import { buildLayout } from './build/build-layout.js';
import { type VerifiedPart, verifyBuild } from './build/build-manifest.js';
import { cacheDirectory } from './cache-directory.js';
import { verifyNvrtc } from './nvrtc/nvrtc-library.js';

/**
 * Compares the files of TensorFlow and NVRTC in the cache with the hashes that were recorded when they were created.
 * Takes some seconds.
 */
export async function verifyTensorFlow(directory: string = cacheDirectory()): Promise<readonly VerifiedPart[]> {
  const [cuda, cpu] = [buildLayout(directory, 'cuda'), buildLayout(directory, 'cpu')];
  return [...(await verifyBuild(cuda)), ...(await verifyBuild(cpu)), ...(await verifyNvrtc(directory))];
}

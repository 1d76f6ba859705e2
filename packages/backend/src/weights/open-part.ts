import { type ByteSource, openFileSource } from './byte-source.js';
import type { WeightsFile } from './weights-file.js';
import { WeightsFormatError } from './weights-format-error.js';

/**
 * One of the files that a model's weights are spread over, read by `open`, which takes the source over.
 *
 * @throws {WeightsFormatError} `weights-missing-shard` with the message `missing` when it can't be opened.
 */
export async function openPart(
  path: string,
  missing: string,
  open: (source: ByteSource) => Promise<WeightsFile>,
): Promise<WeightsFile> {
  let source: ByteSource;
  try {
    source = await openFileSource(path);
  } catch (cause) {
    throw new WeightsFormatError('weights-missing-shard', missing, { path }, cause);
  }
  try {
    return await open(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

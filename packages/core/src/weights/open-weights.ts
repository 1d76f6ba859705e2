import { type ByteSource, openFileSource } from './byte-source.js';
import { GGUF_MAGIC, openGguf } from './gguf/open-gguf.js';
import type { WeightsFile } from './weights-file.js';
import { WeightsFormatError } from './weights-format-error.js';
import { defaultWeightsLimits, type WeightsLimits } from './weights-limits.js';

export interface OpenWeightsOptions {
  /** Limits that differ from the defaults of {@link WeightsLimits}. @default {} */
  readonly limits?: Partial<WeightsLimits>;
}

/**
 * Opens a file of weights: GGUF by its magic number. Reads and checks the header only; tensors are read from disk
 * when asked for. Close it after use.
 *
 * @throws {WeightsFormatError} the file is missing, damaged, unsupported, or asks for more than a limit allows.
 */
export async function openWeights(path: string, options: OpenWeightsOptions = {}): Promise<WeightsFile> {
  const limits = { ...defaultWeightsLimits, ...options.limits };
  const source = await openFileSource(path);
  try {
    return await openSource(source, limits);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openSource(source: ByteSource, limits: WeightsLimits): Promise<WeightsFile> {
  const start = await source.read(0, Math.min(9, source.size));
  const view = new DataView(start.buffer);
  if (start.length >= 4 && view.getUint32(0, true) === GGUF_MAGIC) return openGguf(source, limits);
  throw new WeightsFormatError('weights-unknown-format', `${source.name} is not a GGUF file.`);
}

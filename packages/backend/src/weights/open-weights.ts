import { type ByteSource, openFileSource } from './byte-source.js';
import { GGUF_MAGIC, openGguf } from './gguf/open-gguf.js';
import { openSplitGguf, splitCountOf } from './gguf/open-split.js';
import { locateWeights } from './locate-weights.js';
import { openSafetensors } from './safetensors/open-safetensors.js';
import { openSharded } from './safetensors/open-sharded.js';
import type { WeightsFile } from './weights-file.js';
import { WeightsFormatError } from './weights-format-error.js';
import { defaultWeightsLimits, type WeightsLimits } from './weights-limits.js';

export interface OpenWeightsOptions {
  /** Limits that differ from the defaults of {@link WeightsLimits}. @default {} */
  readonly limits?: Partial<WeightsLimits>;
}

/**
 * Opens weights: a GGUF file (version 2 or 3; of a split one any part, with the others beside it), a safetensors file, a `model.safetensors.index.json` with its shards,
 * or a folder that holds one of these. Reads and checks headers only; tensors are read from disk when asked for.
 * Close it after use.
 *
 * @throws {WeightsFormatError} the file is missing, damaged, unsupported, or asks for more than a limit allows.
 */
export async function openWeights(path: string, options: OpenWeightsOptions = {}): Promise<WeightsFile> {
  const limits = { ...defaultWeightsLimits, ...options.limits };
  const file = await locateWeights(path);
  if (file.endsWith('.json')) return openSharded(file, limits);
  const source = await openFileSource(file);
  try {
    const whole = await openSource(source, limits);
    const parts = splitCountOf(whole);
    if (parts === 1) return whole;
    await whole.close();
    return await openSplitGguf(file, parts, limits);
  } catch (error) {
    await source.close();
    throw error;
  }
}

const OPENING_BRACE = 0x7b;

/** Opens one file by its first bytes, not by its name. */
export async function openSource(source: ByteSource, limits: WeightsLimits): Promise<WeightsFile> {
  const start = await source.read(0, Math.min(9, source.size));
  if (start.length >= 4 && new DataView(start.buffer).getUint32(0, true) === GGUF_MAGIC) {
    return openGguf(source, limits);
  }
  if (start[8] === OPENING_BRACE) return openSafetensors(source, limits);
  throw new WeightsFormatError(
    'weights-unknown-format',
    `${source.path} is neither GGUF nor safetensors: it begins with the bytes ${[...start].join(' ')}.`,
  );
}

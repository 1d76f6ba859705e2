import { WeightsFormatError } from './weights-format-error.js';

/** What a header may ask for before it is refused. A hostile file can't make the reader allocate beyond these. */
export interface WeightsLimits {
  /**
   * Bytes of a header (and of a shard index), which are held in memory while parsed. The reference
   * implementation of safetensors refuses more than this; GGUF headers with 256k-token vocabularies take 20 MB.
   * @default 100000000
   */
  readonly maxHeaderBytes: number;
  /** Metadata entries. Real files have under 200. @default 4096 */
  readonly maxMetadataEntries: number;
  /** Bytes of a metadata key or tensor name. The GGUF specification allows keys of this length. @default 65535 */
  readonly maxNameBytes: number;
  /** Bytes of a metadata string. Some files embed a whole tokenizer.json, up to about 20 MB. @default 33554432 */
  readonly maxStringBytes: number;
  /** Elements of a metadata array. The longest in use are merge lists of about 500,000. @default 4194304 */
  readonly maxArrayLength: number;
  /** Arrays within arrays; no known key nests. Bounds the recursion. @default 4 */
  readonly maxArrayDepth: number;
  /** Tensors. The largest mixture-of-experts models list about 100,000. @default 262144 */
  readonly maxTensors: number;
  /** Dimensions of a tensor; ggml has no more than this. @default 4 */
  readonly maxDimensions: number;
  /** Files of a sharded model, each of which stays open. The largest models have about 200. @default 1024 */
  readonly maxShards: number;
}

export const defaultWeightsLimits: WeightsLimits = {
  maxHeaderBytes: 100_000_000,
  maxMetadataEntries: 4096,
  maxNameBytes: 65_535,
  maxStringBytes: 32 * 1024 * 1024,
  maxArrayLength: 4 * 1024 * 1024,
  maxArrayDepth: 4,
  maxTensors: 262_144,
  maxDimensions: 4,
  maxShards: 1024,
};

/** Refuses `value` when it exceeds the limit of that name. */
export function enforceLimit(limits: WeightsLimits, limit: keyof WeightsLimits, value: number, what: string): void {
  if (value <= limits[limit]) return;
  throw new WeightsFormatError(
    'weights-limit',
    `${what} is ${value}, above the limit ${limit} = ${limits[limit]}. If the file is trusted, open it with limits: { ${limit}: … }.`,
    { limit, allowed: limits[limit], value },
  );
}

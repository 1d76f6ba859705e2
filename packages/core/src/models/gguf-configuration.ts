import type { MetadataValue } from '../weights/index.js';
import {
  type ModelConfiguration,
  type ModelFamily,
  type RopeScaling,
  UnsupportedModelError,
  validateConfiguration,
} from './configuration.js';

const FAMILIES: readonly ModelFamily[] = ['llama', 'qwen2', 'qwen3'];

/** What a GGUF file tells about its tensors beside the metadata. */
export interface GgufTensors {
  has(name: string): boolean;
  /** Rows of a matrix. */
  rows(name: string): number | undefined;
  /** Values of `rope_freqs.weight`, where the file has it. */
  readonly ropeFactors: Float32Array | undefined;
}

/**
 * Reads the shape of a model from the metadata of a GGUF file.
 * Throws `UnsupportedModelError` for another architecture, or for a key that is missing or of the wrong kind.
 */
export function configurationFromGguf(
  metadata: ReadonlyMap<string, MetadataValue>,
  tensors: GgufTensors,
): ModelConfiguration {
  const architecture = metadata.get('general.architecture');
  const family = FAMILIES.find((name) => name === architecture);
  if (!family) {
    throw new UnsupportedModelError(
      `The file's architecture is '${String(architecture)}'; ${FAMILIES.join(', ')} can be run.`,
      { architecture },
    );
  }
  const key = (name: string): string => `${family}.${name}`;
  const optional = (name: string): number | undefined => {
    const value = metadata.get(key(name));
    if (value === undefined) return undefined;
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    throw new UnsupportedModelError(`The metadata key '${key(name)}' is no number.`, { key: key(name) });
  };
  const required = (name: string): number => {
    const value = optional(name);
    if (value === undefined)
      throw new UnsupportedModelError(`The metadata key '${key(name)}' is missing.`, { key: key(name) });
    return value;
  };
  const heads = required('attention.head_count');
  const width = required('embedding_length');
  const headSize = optional('attention.key_length') ?? width / heads;
  const rotated = optional('rope.dimension_count') ?? headSize;
  if (rotated !== headSize) {
    throw new UnsupportedModelError(`Only ${rotated} of ${headSize} dimensions of a head are rotated; all must be.`, {
      rotated,
      headSize,
    });
  }
  const vocabularySize = tensors.rows('token_embd.weight');
  if (vocabularySize === undefined) throw new UnsupportedModelError("The file has no tensor 'token_embd.weight'.");
  return validateConfiguration({
    family,
    vocabularySize,
    contextLength: required('context_length'),
    layers: required('block_count'),
    width,
    feedForwardWidth: required('feed_forward_length'),
    heads,
    kvHeads: optional('attention.head_count_kv') ?? heads,
    headSize,
    normEpsilon: required('attention.layer_norm_rms_epsilon'),
    rope: {
      base: optional('rope.freq_base') ?? 10_000,
      scaling: ropeScaling(
        metadata.get(key('rope.scaling.type')),
        optional('rope.scaling.factor'),
        tensors.ropeFactors,
      ),
    },
    tiedEmbeddings: !tensors.has('output.weight'),
    attentionBias: tensors.has('blk.0.attn_q.bias'),
    headNorms: tensors.has('blk.0.attn_q_norm.weight'),
  });
}

function ropeScaling(
  type: MetadataValue | undefined,
  factor: number | undefined,
  factors: Float32Array | undefined,
): RopeScaling {
  if (factors) return { kind: 'factors', factors };
  if (type === undefined || type === 'none') return { kind: 'none' };
  if (type === 'linear') return { kind: 'linear', factor: factor ?? 1 };
  throw new UnsupportedModelError(`The rotary scaling '${String(type)}' is not known; none and linear are.`, { type });
}

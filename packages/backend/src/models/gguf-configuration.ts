import type { MetadataValue } from '../weights/weights-file.js';
import { type ModelConfiguration, PROJECTIONS, UnsupportedModelError, validateConfiguration } from './configuration.js';
import type { DecoderDefaults, Family } from './families/family.js';
import { FAMILIES } from './families/index.js';
import { GGUF_KEYS } from './gguf-keys.js';
import { ropeOfGguf } from './gguf-rope.js';
import { checkKeys, withFamily } from './key-rules.js';
import { biasName } from './weight-parts.js';

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
 * Throws `UnsupportedModelError` for another architecture, for a key that is missing or of the wrong kind, and for one
 * that asks for what would not be computed (`GGUF_KEYS`).
 */
export function configurationFromGguf(
  metadata: ReadonlyMap<string, MetadataValue>,
  tensors: GgufTensors,
): ModelConfiguration {
  const family = familyNamed(metadata);
  const prefix = `${family.name}.`;
  const configuration = validateConfiguration(
    family.configuration({
      decoder: (defaults) => decoderOf(family, metadata, tensors, defaults),
      number: ({ gguf }) => numberOf(prefix + gguf, metadata.get(prefix + gguf)),
      value: ({ gguf }) => metadata.get(prefix + gguf),
    }),
  );
  const own = [...metadata].flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  );
  checkKeys(own, withFamily(GGUF_KEYS, family.keys?.gguf), configuration, `The metadata of '${family.name}'`);
  return configuration;
}

function decoderOf(
  family: Family,
  metadata: ReadonlyMap<string, MetadataValue>,
  tensors: GgufTensors,
  { window }: DecoderDefaults,
): ModelConfiguration {
  const key = (name: string): string => `${family.name}.${name}`;
  const value = (name: string): MetadataValue | undefined => metadata.get(key(name));
  const optional = (name: string): number | undefined => numberOf(key(name), value(name));
  const required = (name: string): number => {
    const number = optional(name);
    if (number === undefined)
      throw new UnsupportedModelError(`The metadata key '${key(name)}' is missing.`, { key: key(name) });
    return number;
  };
  const heads = required('attention.head_count');
  const width = required('embedding_length');
  const headSize = optional('attention.key_length') ?? width / heads;
  const vocabularySize = tensors.rows('token_embd.weight');
  if (vocabularySize === undefined) throw new UnsupportedModelError("The file has no tensor 'token_embd.weight'.");
  const named = optional('vocab_size') ?? vocabularySize;
  if (named > vocabularySize) {
    throw new UnsupportedModelError(
      `'${key('vocab_size')}' is ${named}, but 'token_embd.weight' has ${vocabularySize} rows.`,
      { vocabularySize: named, rows: vocabularySize },
    );
  }
  const contextLength = required('context_length');
  // 0 is no window.
  const limit = window === 'by-layer' ? 0 : optional('attention.sliding_window');
  return {
    family: family.name,
    vocabularySize,
    contextLength: Math.min(contextLength, limit || contextLength),
    layers: required('block_count'),
    width,
    feedForwardWidth: required('feed_forward_length'),
    heads,
    kvHeads: optional('attention.head_count_kv') ?? heads,
    headSize,
    normEpsilon: required('attention.layer_norm_rms_epsilon'),
    rope: ropeOfGguf({ value, number: optional }, { headSize, contextLength, factors: tensors.ropeFactors }),
    tiedEmbeddings: !tensors.has('output.weight'),
    biases: PROJECTIONS.filter((projection) => tensors.has(biasName(projection, 'gguf', family.tensors))),
  };
}

function familyNamed(metadata: ReadonlyMap<string, MetadataValue>): Family {
  const architecture = metadata.get('general.architecture');
  const family = FAMILIES.find(({ name }) => name === architecture);
  if (!family) {
    throw new UnsupportedModelError(
      `The file's architecture is '${String(architecture)}'; ${FAMILIES.map(({ name }) => name).join(', ')} can be run.`,
      { architecture },
    );
  }
  const type = metadata.get('general.type') ?? 'model';
  if (type !== 'model') {
    throw new UnsupportedModelError(
      `The file holds no model: 'general.type' is ${JSON.stringify(type)}. Take the file of the model itself.`,
      { type },
    );
  }
  return family;
}

/** Numbers may be given for each layer, but all layers are alike here. */
function numberOf(key: string, value: MetadataValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  const values: readonly MetadataValue[] = Array.isArray(value) ? value : [value];
  const [first, ...others] = values.map((one) => (typeof one === 'bigint' ? Number(one) : one));
  if (typeof first !== 'number') throw new UnsupportedModelError(`The metadata key '${key}' is no number.`, { key });
  if (others.some((other) => other !== first)) {
    throw new UnsupportedModelError(
      `The metadata key '${key}' differs from layer to layer (${values.slice(0, 8).join(', ')}, …); only models with equal layers can be run.`,
      { key },
    );
  }
  return first;
}

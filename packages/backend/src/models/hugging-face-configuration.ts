import {
  type ModelConfiguration,
  PROJECTIONS,
  type Projection,
  UnsupportedModelError,
  validateConfiguration,
} from './configuration.js';
import type { DecoderDefaults, Family } from './families/family.js';
import { FAMILIES } from './families/index.js';
import { HUGGING_FACE_KEYS } from './hugging-face-keys.js';
import { type ConfigFields, numberField, ropeOfHuggingFace } from './hugging-face-rope.js';
import { checkKeys, type KeyRules, withFamily } from './key-rules.js';
import { biasName } from './weight-parts.js';

/** What the weights tell beside `config.json`. */
export interface HuggingFaceTensors {
  has(name: string): boolean;
}

/**
 * Reads the shape of a model from the parsed `config.json` of a Hugging Face folder.
 * Throws `UnsupportedModelError` for another `model_type`, for a value that is missing or of the wrong kind, and for a
 * key that asks for what would not be computed (`HUGGING_FACE_KEYS`).
 */
export function configurationFromHuggingFace(config: unknown, tensors: HuggingFaceTensors): ModelConfiguration {
  if (typeof config !== 'object' || config === null) throw new UnsupportedModelError('config.json is no object.');
  const fields: ConfigFields = new Map<string, unknown>(Object.entries(config));
  const type = fields.get('model_type');
  const family = FAMILIES.find(({ modelTypes }) => typeof type === 'string' && modelTypes.includes(type));
  if (!family) {
    throw new UnsupportedModelError(
      `config.json says model_type '${String(type)}'; ${FAMILIES.flatMap(({ modelTypes }) => modelTypes).join(', ')} can be run.`,
      { type },
    );
  }
  refuseOtherCode(fields, String(type));
  const configuration = validateConfiguration(
    family.configuration({
      decoder: (defaults) => decoderOf(family, fields, tensors, defaults),
      number: ({ huggingFace }) => numberField(...within(fields, huggingFace)),
      value: ({ huggingFace }) => {
        const [object, name] = within(fields, huggingFace);
        return object.get(name) ?? undefined;
      },
    }),
  );
  const rules = withFamily(HUGGING_FACE_KEYS, family.keys?.huggingFace);
  checkBiases(fields, configuration, rules);
  checkKeys(fields, rules, configuration, 'config.json');
  return configuration;
}

function decoderOf(
  family: Family,
  fields: ConfigFields,
  tensors: HuggingFaceTensors,
  { window, headSize, ropeBase }: DecoderDefaults,
): ModelConfiguration {
  const optional = (name: string): number | undefined => numberField(fields, name);
  const required = (name: string): number => {
    const value = optional(name);
    if (value === undefined) throw new UnsupportedModelError(`config.json has no '${name}'.`, { name });
    return value;
  };
  const heads = required('num_attention_heads');
  const width = required('hidden_size');
  const longest = required('max_position_embeddings');
  const layers = window === 'by-layer' ? 'full_attention' : undefined;
  const { rope, contextLength } = ropeOfHuggingFace(fields, longest, { base: ropeBase, layers });
  return {
    family: family.name,
    vocabularySize: required('vocab_size'),
    contextLength: Math.min(contextLength, attentionWindow(fields, window) ?? contextLength),
    layers: required('num_hidden_layers'),
    width,
    feedForwardWidth: required('intermediate_size'),
    heads,
    kvHeads: optional('num_key_value_heads') ?? heads,
    headSize: optional('head_dim') ?? headSize ?? width / heads,
    normEpsilon: optional('rms_norm_eps') ?? 1e-6,
    rope,
    tiedEmbeddings: tiedEmbeddings(fields, tensors),
    biases: PROJECTIONS.filter((projection) => tensors.has(biasName(projection, 'safetensors', family.tensors))),
  };
}

/** The object that a path with dots leads into, and the last name of it. */
function within(fields: ConfigFields, path: string): [object: ConfigFields, name: string] {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return [fields, name];
  const inner = fields.get(name);
  const entries = typeof inner === 'object' && inner !== null ? Object.entries(inner) : [];
  return within(new Map<string, unknown>(entries), rest.join('.'));
}

/** A model that brings code of its own, or another head, computes something else than its `model_type`. */
function refuseOtherCode(fields: ConfigFields, type: string): void {
  const architectures = fields.get('architectures') ?? [];
  // The text side of a model that also sees is a type of its own, but no class.
  const wanted = `${type.replace(/_text$/, '')}forcausallm`;
  if (!Array.isArray(architectures) || architectures.some((name) => String(name).toLowerCase() !== wanted)) {
    throw new UnsupportedModelError(
      `config.json says 'architectures' = ${JSON.stringify(architectures)}; of model_type ${type} only the one that writes text (…ForCausalLM) can be run.`,
      { architectures },
    );
  }
  const code = fields.get('auto_map') ?? {};
  const own = typeof code === 'object' && Object.keys(code).some((name) => /^(TF|Flax)?AutoModel/.test(name));
  if (!own) return;
  throw new UnsupportedModelError(
    `config.json says 'auto_map' = ${JSON.stringify(code)}: the model is computed by code of its own, which can't be run.`,
    { code },
  );
}

/** `transformers` ties where the configuration says so, and leaves a stray `lm_head.weight` unread. */
function tiedEmbeddings(fields: ConfigFields, tensors: HuggingFaceTensors): boolean {
  const tied = fields.get('tie_word_embeddings') ?? undefined;
  if (tied === undefined) return !tensors.has('lm_head.weight');
  if (typeof tied !== 'boolean') {
    throw new UnsupportedModelError(
      `config.json: 'tie_word_embeddings' is ${JSON.stringify(tied)}, not true or false.`,
    );
  }
  if (tied || tensors.has('lm_head.weight')) return tied;
  throw new UnsupportedModelError(
    "config.json says 'tie_word_embeddings' = false, but the weights have no 'lm_head.weight'. Fetch them again.",
  );
}

/** How many tokens back a layer looks, where that is limited. It equals full attention as long as the context fits it. */
function attentionWindow(fields: ConfigFields, unsaid: DecoderDefaults['window']): number | undefined {
  const layerTypes = fields.get('layer_types') ?? [];
  const known = ['full_attention', 'sliding_attention', 'chunked_attention'];
  const unknown = Array.isArray(layerTypes) ? layerTypes.find((type) => !known.includes(String(type))) : layerTypes;
  if (unknown !== undefined) {
    throw new UnsupportedModelError(
      `config.json says 'layer_types' with ${JSON.stringify(unknown)}; ${known.join(', ')} are known.`,
      { layerTypes },
    );
  }
  const window = numberField(fields, 'sliding_window') ?? undefined;
  const chunk = numberField(fields, 'attention_chunk_size') ?? undefined;
  const use = fields.get('use_sliding_window');
  const listed = Array.isArray(layerTypes) && layerTypes.includes('sliding_attention');
  if (listed && window === undefined) {
    throw new UnsupportedModelError(
      "config.json: 'layer_types' has sliding_attention, but there is no sliding_window.",
    );
  }
  if (unsaid === 'by-layer') return undefined;
  const on = listed || (unsaid === 'on' ? use !== false : use === true);
  const limits = [on ? window : undefined, chunk].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

const BIAS_KEYS: readonly (readonly [key: string, projections: readonly Projection[]])[] = [
  ['attention_bias', ['query', 'key', 'value', 'attentionOutput']],
  ['qkv_bias', ['query', 'key', 'value']],
  ['attention_out_bias', ['attentionOutput']],
  ['mlp_bias', ['gate', 'up', 'down']],
  ['lm_head_bias', ['output']],
];

/** Biases are those that the weights have; a configuration that says otherwise belongs to other weights. */
function checkBiases(fields: ConfigFields, { biases }: ModelConfiguration, rules: KeyRules): void {
  for (const [key, projections] of BIAS_KEYS) {
    const value = fields.get(key) ?? undefined;
    if (value === undefined || rules.keys[key] === 'harmless') continue;
    const there = projections.filter((projection) => biases.includes(projection));
    if (value === there.length > 0) continue;
    throw new UnsupportedModelError(
      `config.json says '${key}' = ${JSON.stringify(value)}, but the weights have ${there.length === 0 ? 'no such biases' : `biases of ${there.join(', ')}`}.`,
      { key, value, biases },
    );
  }
}

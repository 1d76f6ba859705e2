import {
  type ModelConfiguration,
  type ModelFamily,
  type RopeScaling,
  UnsupportedModelError,
  validateConfiguration,
} from './configuration.js';

const FAMILIES: Readonly<Record<string, ModelFamily>> = {
  llama: 'llama',
  mistral: 'llama',
  qwen2: 'qwen2',
  qwen3: 'qwen3',
};

/** What the weights tell beside `config.json`. */
export interface HuggingFaceTensors {
  has(name: string): boolean;
}

/**
 * Reads the shape of a model from the parsed `config.json` of a Hugging Face folder.
 * Throws `UnsupportedModelError` for another `model_type`, or for a value that is missing or of the wrong kind.
 */
export function configurationFromHuggingFace(config: unknown, tensors: HuggingFaceTensors): ModelConfiguration {
  if (typeof config !== 'object' || config === null) throw new UnsupportedModelError('config.json is no object.');
  const fields = new Map<string, unknown>(Object.entries(config));
  const type = fields.get('model_type');
  const family = typeof type === 'string' && Object.hasOwn(FAMILIES, type) ? FAMILIES[type] : undefined;
  if (!family) {
    throw new UnsupportedModelError(
      `config.json says model_type '${String(type)}'; ${Object.keys(FAMILIES).join(', ')} can be run.`,
      { type },
    );
  }
  const optional = (name: string): number | undefined => numberField(fields, name);
  const required = (name: string): number => {
    const value = optional(name);
    if (value === undefined) throw new UnsupportedModelError(`config.json has no '${name}'.`, { name });
    return value;
  };
  const heads = required('num_attention_heads');
  const width = required('hidden_size');
  return validateConfiguration({
    family,
    vocabularySize: required('vocab_size'),
    contextLength: slidingContext(fields, required('max_position_embeddings')),
    layers: required('num_hidden_layers'),
    width,
    feedForwardWidth: required('intermediate_size'),
    heads,
    kvHeads: optional('num_key_value_heads') ?? heads,
    headSize: optional('head_dim') ?? width / heads,
    normEpsilon: optional('rms_norm_eps') ?? 1e-6,
    rope: { base: optional('rope_theta') ?? 10_000, scaling: ropeScaling(fields.get('rope_scaling')) },
    tiedEmbeddings: !tensors.has('lm_head.weight'),
    attentionBias: tensors.has('model.layers.0.self_attn.q_proj.bias'),
    headNorms: tensors.has('model.layers.0.self_attn.q_norm.weight'),
  });
}

/** A sliding window equals full attention for as long as the context fits the window. */
function slidingContext(fields: ReadonlyMap<string, unknown>, contextLength: number): number {
  const window = numberField(fields, 'sliding_window');
  const unused = fields.get('use_sliding_window') === false;
  return window === undefined || unused ? contextLength : Math.min(window, contextLength);
}

function ropeScaling(value: unknown): RopeScaling {
  if (value === undefined || value === null) return { kind: 'none' };
  if (typeof value !== 'object') throw new UnsupportedModelError("config.json: 'rope_scaling' is no object.");
  const fields = new Map<string, unknown>(Object.entries(value));
  const required = (name: string): number => {
    const number = numberField(fields, name);
    if (number === undefined || !(number > 0)) {
      throw new UnsupportedModelError(`config.json: 'rope_scaling.${name}' must be a number above 0.`, { name });
    }
    return number;
  };
  const type = fields.get('rope_type') ?? fields.get('type');
  switch (type) {
    case 'default':
      return { kind: 'none' };
    case 'linear':
      return { kind: 'linear', factor: required('factor') };
    case 'llama3':
      return {
        kind: 'llama3',
        factor: required('factor'),
        lowFrequencyFactor: required('low_freq_factor'),
        highFrequencyFactor: required('high_freq_factor'),
        originalContextLength: required('original_max_position_embeddings'),
      };
    default:
      throw new UnsupportedModelError(
        `The rotary scaling '${String(type)}' is not known; default, linear and llama3 are.`,
        { type },
      );
  }
}

function numberField(fields: ReadonlyMap<string, unknown>, name: string): number | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  throw new UnsupportedModelError(`config.json: '${name}' is no number.`, { name, value });
}

import { type RopeConfiguration, type RopeScaling, UnsupportedModelError } from './configuration.js';

/** The top level of `config.json`, or an object within. */
export type ConfigFields = ReadonlyMap<string, unknown>;

/** Names of the base; the first is the usual one, the others come from other code for the same model. */
const BASES = ['rope_theta', 'rotary_emb_base', 'rotary_base', 'rope_base', 'rope_freq_base'];

/** What each kind of scaling reads; a further key would be left out of the computation. */
const SCALING_KEYS: Readonly<Record<string, readonly string[]>> = {
  default: [],
  linear: ['factor'],
  llama3: ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'],
  yarn: [
    'factor',
    'original_max_position_embeddings',
    'attention_factor',
    'beta_fast',
    'beta_slow',
    'mscale',
    'mscale_all_dim',
    'truncate',
  ],
};

/** Say nothing about the frequencies, or are checked elsewhere. */
const OTHER_KEYS = [...BASES, 'rope_type', 'type', 'finetuned', 'partial_rotary_factor'];

export interface RopeOptions {
  /** Base where the file does not say it. @default 10000 */
  readonly base?: number | undefined;
  /** Reads what is said of one type of layers. @default what is said of all, which must be the same */
  readonly layers?: string | undefined;
}

/**
 * Reads the rotary embedding: `rope_theta` and `rope_scaling` as transformers 4 writes them, `rope_parameters` as
 * transformers 5 does, or both where they agree. Source of the formulas: `modeling_rope_utils.py` of transformers.
 *
 * @returns it, and the longest sequence: yarn stretches that of pre-training.
 */
export function ropeOfHuggingFace(
  fields: ConfigFields,
  contextLength: number,
  { base = 10_000, layers }: RopeOptions,
): { readonly rope: RopeConfiguration; readonly contextLength: number } {
  const said = ['rope_parameters', 'rope_scaling'].flatMap((name) =>
    objectsOf(name, fields.get(name), layers).map((object) => ({ name, object })),
  );
  const bases = [
    ...BASES.map((name) => numberField(fields, name)),
    ...said.flatMap(({ name, object }) => BASES.map((base) => numberField(object, base, name))),
  ];
  const scalings = said.map(({ name, object }) => scalingOf(name, object, fields, contextLength));
  const scaling = agreed('scaling', scalings) ?? { kind: 'none' };
  const stretched = scaling.kind === 'yarn' ? Math.floor(scaling.factor * scaling.originalContextLength) : 0;
  return {
    rope: { base: agreed('base', bases) ?? base, scaling },
    contextLength: Math.max(contextLength, stretched),
  };
}

/** One object, or one for each type of layer. */
function objectsOf(name: string, value: unknown, layers?: string): ConfigFields[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    throw new UnsupportedModelError(`config.json: '${name}' is no object.`, { value });
  const entries: [string, unknown][] = Object.entries(value);
  const nested = entries.filter(([key]) => key.endsWith('_attention'));
  if (nested.length === 0) return entries.length === 0 ? [] : [new Map(entries)];
  if (nested.length !== entries.length)
    throw new UnsupportedModelError(`config.json: '${name}' mixes layer types with other keys.`, { value });
  return nested.flatMap(([key, one]) =>
    layers === undefined || key === layers ? objectsOf(`${name}.${key}`, one) : [],
  );
}

function scalingOf(name: string, object: ConfigFields, top: ConfigFields, contextLength: number): RopeScaling {
  const type = agreed('type', [object.get('rope_type') ?? undefined, object.get('type') ?? undefined]) ?? 'default';
  const keys = typeof type === 'string' && Object.hasOwn(SCALING_KEYS, type) ? SCALING_KEYS[type] : undefined;
  if (!keys) {
    throw new UnsupportedModelError(
      `The rotary scaling '${String(type)}' of '${name}' is not known; ${Object.keys(SCALING_KEYS).join(', ')} are.`,
      { type },
    );
  }
  for (const [key, value] of object) {
    const known = keys.includes(key) || OTHER_KEYS.includes(key) || value === null;
    // With the default frequencies these say what they were trained with.
    const idle = type === 'default' && (value === 1 || key === 'original_max_position_embeddings');
    if (known || idle) continue;
    throw new UnsupportedModelError(
      `config.json says '${name}.${key}' = ${JSON.stringify(value)}, which this version does not compute for the rotary scaling '${type}'.`,
      { key, value, type },
    );
  }
  const partial = numberField(object, 'partial_rotary_factor', name) ?? 1;
  if (partial !== 1) {
    throw new UnsupportedModelError(
      `config.json says '${name}.partial_rotary_factor' = ${partial}; all dimensions of a head must be rotated.`,
      { partial },
    );
  }
  const optional = (key: string): number | undefined => {
    const number = numberField(object, key, name);
    if (number === undefined || number > 0) return number;
    throw new UnsupportedModelError(`config.json: '${name}.${key}' must be a number above 0, not ${number}.`, {
      number,
    });
  };
  const required = (key: string): number => {
    const number = optional(key);
    if (number === undefined) throw new UnsupportedModelError(`config.json: '${name}.${key}' is missing.`, { key });
    return number;
  };
  // Phi-3 and its kin keep it outside, where it takes precedence.
  const original = (): number =>
    numberField(top, 'original_max_position_embeddings') ??
    optional('original_max_position_embeddings') ??
    contextLength;
  switch (type) {
    case 'linear':
      return { kind: 'linear', factor: required('factor') };
    case 'llama3':
      return {
        kind: 'llama3',
        factor: required('factor'),
        lowFrequencyFactor: required('low_freq_factor'),
        highFrequencyFactor: required('high_freq_factor'),
        originalContextLength: original(),
      };
    case 'yarn': {
      const factor = optional('factor') ?? contextLength / original();
      return {
        kind: 'yarn',
        factor,
        originalContextLength: original(),
        attentionFactor:
          optional('attention_factor') ?? yarnAttention(factor, optional('mscale'), optional('mscale_all_dim')),
        betaFast: optional('beta_fast') ?? 32,
        betaSlow: optional('beta_slow') ?? 1,
        truncate: object.get('truncate') !== false,
      };
    }
    default:
      return { kind: 'none' };
  }
}

function yarnAttention(factor: number, scale: number | undefined, scaleAll: number | undefined): number {
  const length = (by: number): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  return scale !== undefined && scaleAll !== undefined ? length(scale) / length(scaleAll) : length(1);
}

/** The one value that all who speak say. A file that says two things can't be trusted with either. */
function agreed<T>(what: string, values: readonly (T | undefined)[]): T | undefined {
  const [first, ...others] = [
    ...new Map(values.filter((one) => one !== undefined).map((one) => [JSON.stringify(one), one])),
  ];
  if (others.length === 0) return first?.[1];
  throw new UnsupportedModelError(
    `config.json says the rotary ${what} more than once, differently: ${[first, ...others].map((one) => one?.[0]).join(', ')}.`,
    { values },
  );
}

/** A number, or `undefined` where the key is absent or null. */
export function numberField(fields: ConfigFields, name: string, within?: string): number | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  const path = within === undefined ? name : `${within}.${name}`;
  throw new UnsupportedModelError(`config.json: '${path}' is no number.`, { name: path, value });
}

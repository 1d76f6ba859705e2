import { ForetokenError } from '@foretoken/core';

/** A model file uses a feature that this version does not support. Code `unsupported-model`. */
export class UnsupportedModelError extends ForetokenError {
  constructor(message: string, details?: Readonly<Record<string, unknown>>) {
    super(message, { code: 'unsupported-model', details });
  }
}

/** Shape of a decoder-only transformer with rotary positions, RMS norms and a gated feed-forward network. */
export interface ModelConfiguration {
  /** Name of a family, as in `general.architecture` of GGUF files. */
  readonly family: string;
  readonly vocabularySize: number;
  /** Longest sequence in tokens that the model supports. */
  readonly contextLength: number;
  readonly layers: number;
  readonly width: number;
  readonly feedForwardWidth: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly normEpsilon: number;
  readonly rope: RopeConfiguration;
  /** Layers that see the end of the text only. @default none */
  readonly local?: LocalAttention;
  /** Whether the output projection is the embedding table. */
  readonly tiedEmbeddings: boolean;
  /** The projections that have a bias. Those of a layer have it in every layer. */
  readonly biases: readonly Projection[];
}

/** Layers whose tokens see a window of the text, with a rotary embedding of their own. */
export interface LocalAttention {
  /** How many tokens a token sees, itself and those before it. */
  readonly window: number;
  readonly rope: RopeConfiguration;
  /** Their indices. */
  readonly layers: readonly number[];
}

/** The matrices of a decoder that can have a bias, in the order of use. */
export const PROJECTIONS = ['query', 'key', 'value', 'attentionOutput', 'gate', 'up', 'down', 'output'] as const;

export type Projection = (typeof PROJECTIONS)[number];

/** Rotary position embedding. */
export interface RopeConfiguration {
  /** Base of the geometric series of frequencies. */
  readonly base: number;
  readonly scaling: RopeScaling;
}

/** How frequencies are changed for contexts longer than those of pre-training. */
export type RopeScaling =
  | { readonly kind: 'none' }
  /** Position interpolation (Chen et al. 2023): every frequency divided by `factor`. */
  | { readonly kind: 'linear'; readonly factor: number }
  /** Llama 3.1: low frequencies divided by `factor`, high ones kept, a ramp between. */
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContextLength: number;
    }
  /**
   * YaRN (Peng et al. 2023): high frequencies kept, low ones divided by `factor`, a ramp between the dimensions that turn
   * `betaFast` and `betaSlow` times in the original context. Queries and keys are multiplied by `attentionFactor`.
   */
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly originalContextLength: number;
      readonly attentionFactor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Whether the ramp begins and ends at whole dimensions. */
      readonly truncate: boolean;
    }
  /** A divisor for each frequency, as GGUF files store it (`rope_freqs.weight`). [headSize / 2]. */
  | { readonly kind: 'factors'; readonly factors: Float32Array };

/** Bounds within which a configuration is believed; a value outside is a corrupt file, and would be an absurd allocation. */
const LIMITS = {
  layers: 1024,
  width: 2 ** 18,
  feedForwardWidth: 2 ** 20,
  heads: 4096,
  headSize: 4096,
  vocabularySize: 2 ** 24,
  contextLength: 2 ** 25,
} as const;

/** Checks that the numbers of a configuration fit one another. Throws `UnsupportedModelError` naming the first that does not. */
export function validateConfiguration(configuration: ModelConfiguration): ModelConfiguration {
  for (const [name, limit] of Object.entries(LIMITS)) {
    const value = configuration[name as keyof typeof LIMITS];
    if (!Number.isInteger(value) || value < 1 || value > limit) {
      throw new UnsupportedModelError(
        `The model says ${name} = ${value}; it must be a whole number from 1 to ${limit}.`,
        { [name]: value },
      );
    }
  }
  const { heads, kvHeads, headSize, normEpsilon, rope, local } = configuration;
  if (!Number.isInteger(kvHeads) || kvHeads < 1 || heads % kvHeads !== 0) {
    throw new UnsupportedModelError(`${heads} attention heads can't share ${kvHeads} key/value heads evenly.`, {
      heads,
      kvHeads,
    });
  }
  if (headSize % 2 !== 0) {
    throw new UnsupportedModelError(`The head size ${headSize} is odd; rotary embedding needs pairs.`, { headSize });
  }
  if (!(normEpsilon > 0 && normEpsilon < 1)) {
    throw new UnsupportedModelError(`The norm epsilon ${normEpsilon} is not in (0, 1).`, { normEpsilon });
  }
  for (const { base } of [rope, ...(local ? [local.rope] : [])]) {
    if (base > 1 && Number.isFinite(base)) continue;
    throw new UnsupportedModelError(`The rotary base ${base} is not a number above 1.`, { base });
  }
  if (local && !(Number.isInteger(local.window) && local.window > 0)) {
    throw new UnsupportedModelError(`The sliding window ${local.window} is not a whole number above 0.`);
  }
  return configuration;
}

import type { MetadataValue } from '../weights/weights-file.js';
import { type RopeConfiguration, type RopeScaling, UnsupportedModelError } from './configuration.js';

/** The metadata behind the architecture's name, and numbers among it. */
export interface GgufValues {
  value(name: string): MetadataValue | undefined;
  number(name: string): number | undefined;
}

const TYPES = ['none', 'linear', 'yarn'];

/** Reads the rotary embedding of a GGUF file the way llama.cpp does. `factors` are those of `rope_freqs.weight`. */
export function ropeOfGguf(
  { value, number }: GgufValues,
  model: { readonly headSize: number; readonly contextLength: number; readonly factors: Float32Array | undefined },
): RopeConfiguration {
  const { headSize, contextLength, factors } = model;
  const rotated = number('rope.dimension_count') ?? headSize;
  if (rotated !== headSize) {
    throw new UnsupportedModelError(`Only ${rotated} of ${headSize} dimensions of a head are rotated; all must be.`, {
      rotated,
      headSize,
    });
  }
  const base = number('rope.freq_base') ?? 10_000;
  const factor = number('rope.scaling.factor') ?? number('rope.scale_linear') ?? 0;
  // Files from before there were types have a factor alone.
  const type = value('rope.scaling.type') ?? 'linear';
  const scaled = factor !== 0 && factor !== 1;
  if (typeof type !== 'string' || !TYPES.includes(type)) {
    throw new UnsupportedModelError(
      `The rotary scaling 'rope.scaling.type' = ${JSON.stringify(type)} is not known; ${TYPES.join(', ')} are.`,
      { type },
    );
  }
  if (!(factor >= 0 && Number.isFinite(factor))) {
    throw new UnsupportedModelError(`'rope.scaling.factor' = ${factor} is not a number above 0.`, { factor });
  }
  if (type === 'yarn') {
    if (factors) throw new UnsupportedModelError("'rope_freqs.weight' together with yarn scaling can't be run.");
    onlyOne(number, 'rope.scaling.yarn_ext_factor');
    onlyOne(number, 'rope.scaling.yarn_attn_factor');
  }
  onlyOne(number, 'rope.scaling.attn_factor');
  if (factors) return { base, scaling: { kind: 'factors', factors: checked(factors, headSize, scaled ? factor : 1) } };
  return { base, scaling: scalingOf(type, scaled ? factor : 1, number, contextLength) };
}

function scalingOf(type: string, factor: number, number: GgufValues['number'], contextLength: number): RopeScaling {
  if (type === 'none' || factor === 1) return { kind: 'none' };
  if (type === 'linear') return { kind: 'linear', factor };
  return {
    kind: 'yarn',
    factor,
    originalContextLength: number('rope.scaling.original_context_length') ?? contextLength,
    attentionFactor: 0.1 * Math.log(factor) + 1,
    betaFast: number('rope.scaling.yarn_beta_fast') ?? 32,
    betaSlow: number('rope.scaling.yarn_beta_slow') ?? 1,
    truncate: true,
  };
}

function checked(factors: Float32Array, headSize: number, scale: number): Float32Array {
  if (factors.length !== headSize / 2 || !factors.every((factor) => factor > 0 && Number.isFinite(factor))) {
    throw new UnsupportedModelError(
      `'rope_freqs.weight' must hold ${headSize / 2} numbers above 0, one for each pair of a head; it holds ${factors.length}.`,
      { length: factors.length, headSize },
    );
  }
  return scale === 1 ? factors : factors.map((factor) => factor * scale);
}

function onlyOne(number: GgufValues['number'], name: string): void {
  const value = number(name);
  if (value === undefined || value === 1) return;
  throw new UnsupportedModelError(`The file says '${name}' = ${value}; only 1 is computed.`, { name, value });
}

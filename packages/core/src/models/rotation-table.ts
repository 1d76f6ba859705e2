import type { ModelConfiguration, RopeScaling } from './configuration.js';

/**
 * Cosine and sine of the rotary angle of each pair of dimensions at each position.
 * Source: Su et al., "RoFormer" (2021); scaling as in `RopeScaling`.
 *
 * @param length - positions of the table
 * @returns shape [length, headSize / 2, 2]
 */
export function rotationTable(configuration: ModelConfiguration, length: number): Float32Array {
  const { headSize, rope } = configuration;
  const pairs = headSize / 2;
  const frequencies = Array.from({ length: pairs }, (_, pair) =>
    scaledFrequency(rope.base ** (-pair / pairs), pair, rope.scaling),
  );
  const table = new Float32Array(length * headSize);
  for (let position = 0; position < length; position++) {
    for (let pair = 0; pair < pairs; pair++) {
      const angle = position * (frequencies[pair] ?? 0);
      table[position * headSize + 2 * pair] = Math.cos(angle);
      table[position * headSize + 2 * pair + 1] = Math.sin(angle);
    }
  }
  return table;
}

function scaledFrequency(frequency: number, pair: number, scaling: RopeScaling): number {
  switch (scaling.kind) {
    case 'none':
      return frequency;
    case 'linear':
      return frequency / scaling.factor;
    case 'factors':
      return frequency / (scaling.factors[pair] ?? 1);
    case 'llama3': {
      const { factor, lowFrequencyFactor, highFrequencyFactor, originalContextLength } = scaling;
      const wavelength = (2 * Math.PI) / frequency;
      if (wavelength < originalContextLength / highFrequencyFactor) return frequency;
      if (wavelength > originalContextLength / lowFrequencyFactor) return frequency / factor;
      const smooth =
        (originalContextLength / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
      return ((1 - smooth) * frequency) / factor + smooth * frequency;
    }
  }
}

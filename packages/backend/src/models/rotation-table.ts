import type { ModelConfiguration, RopeConfiguration } from './configuration.js';

/**
 * Cosine and sine of the rotary angle of each pair of dimensions at each position.
 * Source: Su et al., "RoFormer" (2021); scaling as in `RopeScaling`.
 *
 * @param length - positions of the table
 * @returns shape [length, headSize / 2, 2]; longer than 1 where the scaling lengthens queries and keys
 */
export function rotationTable(
  { headSize, rope }: Pick<ModelConfiguration, 'headSize' | 'rope'>,
  length: number,
): Float32Array {
  const pairs = headSize / 2;
  const frequencies = Array.from({ length: pairs }, (_, pair) =>
    scaledFrequency(rope.base ** (-pair / pairs), pair, headSize, rope),
  );
  const size = rope.scaling.kind === 'yarn' ? rope.scaling.attentionFactor : 1;
  const table = new Float32Array(length * headSize);
  for (let position = 0; position < length; position++) {
    for (let pair = 0; pair < pairs; pair++) {
      const angle = position * (frequencies[pair] ?? 0);
      table[position * headSize + 2 * pair] = size * Math.cos(angle);
      table[position * headSize + 2 * pair + 1] = size * Math.sin(angle);
    }
  }
  return table;
}

function scaledFrequency(
  frequency: number,
  pair: number,
  headSize: number,
  { base, scaling }: RopeConfiguration,
): number {
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
    case 'yarn': {
      const { factor, originalContextLength, betaFast, betaSlow, truncate } = scaling;
      const dimensionTurning = (turns: number): number =>
        (headSize * Math.log(originalContextLength / (turns * 2 * Math.PI))) / (2 * Math.log(base));
      const [first, last] = [dimensionTurning(betaFast), dimensionTurning(betaSlow)];
      const low = Math.max(truncate ? Math.floor(first) : first, 0);
      const high = Math.min(truncate ? Math.ceil(last) : last, headSize - 1);
      const ramp = Math.min(Math.max((pair - low) / (high === low ? 0.001 : high - low), 0), 1);
      return (frequency / factor) * ramp + frequency * (1 - ramp);
    }
  }
}

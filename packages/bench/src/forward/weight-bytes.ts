import type { ModelConfiguration } from '@foretoken/backend';

/**
 * Bytes of matrices that one forward pass reads: every layer's projections and the output projection. The executors
 * hold them as float32. An embedding table that is not also the output projection is read by row and not counted.
 */
export function weightBytes(configuration: ModelConfiguration): number {
  const { layers, width, feedForwardWidth, heads, kvHeads, headSize, vocabularySize } = configuration;
  const attention = width * headSize * (2 * heads + 2 * kvHeads);
  const feedForward = 3 * width * feedForwardWidth;
  return Float32Array.BYTES_PER_ELEMENT * (layers * (attention + feedForward) + vocabularySize * width);
}

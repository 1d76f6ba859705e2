import type { WeightsFile } from '../weights/weights-file.js';
import { type ModelConfiguration, UnsupportedModelError } from './configuration.js';
import { usedWeights } from './decoder-model.js';
import { weightParts } from './weight-parts.js';

/** Tensors that nothing is lost without. */
const HARMLESS: readonly RegExp[] = [
  // Read into the configuration.
  /^rope_freqs\.weight$/,
  // Frequencies and masks that old versions of transformers saved and newer ones compute.
  /(^|\.)rotary_emb\.(inv_freq|cos_cached|sin_cached)$/,
  /\.self_attn\.(masked_bias|bias)$/,
];

const SHOWN = 5;

/**
 * Refuses a file with tensors that no layer reads: they are a part of the computation that would be left out.
 *
 * @throws {UnsupportedModelError} naming the first of them.
 */
export function refuseUnusedTensors(file: WeightsFile, configuration: ModelConfiguration): void {
  const used = new Set(
    usedWeights(configuration).flatMap(({ name }) =>
      weightParts(name, file.format, configuration).flatMap((part) => (part.kind === 'stored' ? [part.tensor] : [])),
    ),
  );
  // The tied matrix counts, whatever else was saved with it.
  if (configuration.tiedEmbeddings) used.add('lm_head.weight');
  const unused = [...file.tensors.keys()].filter(
    (name) => !used.has(name) && !HARMLESS.some((pattern) => pattern.test(name)),
  );
  if (unused.length === 0) return;
  const shown = unused.slice(0, SHOWN).map((name) => `'${name}'`);
  throw new UnsupportedModelError(
    `The weights have ${unused.length} tensors that no layer of a ${configuration.family} model of ${configuration.layers} layers reads: ${shown.join(', ')}${unused.length > SHOWN ? ', …' : ''}. Without them the answers would be wrong; take another file.`,
    { tensors: unused.slice(0, 100), count: unused.length },
  );
}

import type { Drafter } from '@foretoken/core';
import type { LoadedModel } from '@foretoken/core/tensorflow';
import { cascade, prediction, promptLookup, recycling, suffix } from '@foretoken/draft';
import { damaged, type NoiseOptions, noise, type Random } from './noise-drafter.js';

/** A drafter and the budget that it always gets. */
export interface LosslessConfiguration {
  readonly name: string;
  readonly depth: number;
  /** @default 1 */
  readonly width?: number;
  /** @default depth x width */
  readonly nodes?: number;
  /** Makes the drafter of one answer. */
  readonly drafter: (context: ConfigurationContext) => Drafter;
}

/** What a drafter of the comparison may know. */
export interface ConfigurationContext {
  readonly loaded: LoadedModel;
  /** The standard answer. Shape [tokens]. */
  readonly answer: readonly number[];
  /** Draws what is random, from the seed of the run and the names of prompt and configuration. */
  readonly random: Random;
}

const CHAIN = { depth: 6 } as const;
const TREE = { depth: 5, width: 3, nodes: 12 } as const;
/** Noise is almost always wrong, so each round brings one token: fewer guesses save time and take nothing from the proof. */
const SMALL_CHAIN = { depth: 4 } as const;
const SMALL_TREE = { depth: 3, width: 3, nodes: 7 } as const;

/** Every drafter there is, as a chain and as a tree where it can be one, and noise that nobody would ship. */
export const LOSSLESS_CONFIGURATIONS: readonly LosslessConfiguration[] = [
  { name: 'lookup-chain', ...CHAIN, drafter: () => promptLookup() },
  { name: 'lookup-tree', ...TREE, drafter: () => promptLookup() },
  { name: 'suffix-chain', ...CHAIN, drafter: () => suffix() },
  { name: 'suffix-tree', ...TREE, drafter: () => suffix() },
  { name: 'recycling-chain', ...CHAIN, drafter: () => recycling() },
  { name: 'recycling-tree', ...TREE, drafter: () => recycling() },
  { name: 'cascade', ...TREE, drafter: () => cascade({ drafters: [promptLookup(), suffix(), recycling()] }) },
  {
    name: 'prediction',
    ...CHAIN,
    drafter: ({ answer, random, loaded }) =>
      prediction({ tokens: damaged(answer, random, loaded.model.vocabularySize) }),
  },
  { name: 'noise-chain', ...SMALL_CHAIN, drafter: noiseOf({ shape: 'chain' }) },
  { name: 'noise-tree', ...SMALL_TREE, drafter: noiseOf({ shape: 'tree' }) },
  { name: 'plausible-noise-chain', ...SMALL_CHAIN, drafter: noiseOf({ shape: 'chain', source: 'text' }) },
  { name: 'plausible-noise-tree', ...SMALL_TREE, drafter: noiseOf({ shape: 'tree', source: 'text' }) },
  { name: 'half-right-tree', ...TREE, nodes: 16, drafter: noiseOf({ shape: 'tree', source: 'text', share: 0.7 }) },
];

function noiseOf({
  share,
  ...shape
}: Pick<NoiseOptions, 'shape' | 'source'> & { readonly share?: number }): LosslessConfiguration['drafter'] {
  return ({ loaded, answer, random }) =>
    noise({
      ...shape,
      random,
      vocabularySize: loaded.model.vocabularySize,
      ...(share === undefined ? {} : { known: { answer: Int32Array.from(answer), share } }),
    });
}

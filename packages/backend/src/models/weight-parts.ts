import type { ModelConfiguration, Projection } from './configuration.js';
import { tensorOf } from './decoder-weights.js';
import { type StoredTensor, sizesOf, type Tensors } from './families/decoder-tensors.js';
import { familyOf } from './families/index.js';

/** Where some rows of a weight come from: a tensor of the file, or nowhere, which means zeros. */
export type WeightPart = StoredPart | { readonly kind: 'zeros'; readonly rows: number };

/** One tensor of the file, and how its rows are to be ordered. */
export interface StoredPart {
  readonly kind: 'stored';
  readonly tensor: string;
  /**
   * `'stored'`: as in the file. `'interleave'`: each head holds [first halves, second halves] of its rotated pairs,
   * and is reordered so that pairs are neighbours, which is the one layout that the executors rotate.
   */
  readonly order: 'stored' | 'interleave';
  /** What is added to each of its values. */
  readonly plus: number;
}

type FileFormat = 'gguf' | 'safetensors';

/** Finds the file's tensors that make up a weight of `DecoderWeights`, stacked row on row. */
export function weightParts(name: string, format: FileFormat, configuration: ModelConfiguration): WeightPart[] {
  const family = familyOf(configuration);
  const [, layer, roles = '', bias] = /^(?:(\d+)\.)?([^.]+)(\.bias)?$/.exec(name) ?? [];
  const interleaves = format === 'safetensors' || family.ggufPairs !== 'neighbours';
  return roles.split('-').map((role): WeightPart => {
    const tensor = tensorOf(family.tensors, role);
    if (bias && !configuration.biases.some((projection) => projection === role)) {
      return { kind: 'zeros', rows: sizesOf(configuration)[tensor.shape[0]] };
    }
    return {
      kind: 'stored',
      tensor: `${nameIn(format, tensor, layer)}.${bias ? 'bias' : 'weight'}`,
      order: tensor.rotated && interleaves ? 'interleave' : 'stored',
      plus: isNorm(tensor) && format === 'safetensors' && family.huggingFaceNorms === 'less-one' ? 1 : 0,
    };
  });
}

/** The tensor that would hold the bias of a projection; for one within layers, that of the first layer. */
export function biasName(projection: Projection, format: FileFormat, tensors: Tensors): string {
  return `${nameIn(format, tensorOf(tensors, projection), '0')}.bias`;
}

function isNorm({ shape: [, columns] }: StoredTensor): boolean {
  return columns === undefined;
}

function nameIn(format: FileFormat, tensor: StoredTensor, layer: string | undefined): string {
  const prefix = format === 'gguf' ? `blk.${layer}.` : `model.layers.${layer}.`;
  return `${tensor.once ? '' : prefix}${format === 'gguf' ? tensor.gguf : tensor.huggingFace}`;
}

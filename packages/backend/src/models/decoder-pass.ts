import type { AttentionOptions, LinearOptions, Operators } from '../executors/operators.js';
import type { RmsNorm } from '../executors/weight.js';
import type { ModelConfiguration } from './configuration.js';
import type { DecoderWeights } from './decoder-weights.js';

/** What a family's layers are written in: operations, on weights by their roles. */
export class DecoderPass<T> {
  constructor(
    readonly operators: Operators<T>,
    private readonly weights: DecoderWeights,
    private readonly lastLayer = weights.configuration.layers,
  ) {}

  get configuration(): ModelConfiguration {
    return this.weights.configuration;
  }

  /** The tokens of the pass as rows of the embedding table. [N, width]. */
  embedding(): T {
    return this.operators.embedding(this.weights.matrix(['embedding']));
  }

  /** The layers that are run: all, or the first. */
  *layers(): Iterable<DecoderLayer<T>> {
    for (let index = 0; index < this.lastLayer; index++) {
      yield new DecoderLayer(this.operators, this.weights, index);
    }
  }

  /** The last norm and the output matrix, for the scored rows. [N, width] -> [R, vocabularySize]. */
  logits(hidden: T): T {
    const { tiedEmbeddings } = this.configuration;
    return this.operators.linear(
      this.operators.scoredRows(hidden),
      this.weights.matrix([tiedEmbeddings ? 'embedding' : 'output']),
      { norm: this.weights.norm('finalNorm'), bias: this.weights.bias(['output']) },
    );
  }
}

/**
 * Models from this width on lose nothing that could be measured where `fine` products round to 8 bits as well, which
 * takes 4 % off a pass of eight rows: docs/operators.md, "Effect of rounding".
 */
const COARSE_WIDTH = 1536;

/** One layer of a pass. */
export class DecoderLayer<T> {
  constructor(
    private readonly operators: Operators<T>,
    private readonly weights: DecoderWeights,
    readonly index: number,
  ) {}

  /** The product with one matrix or with several, side by side, with the biases that the model has. */
  linear(
    input: T,
    roles: readonly string[],
    { norm, fine = false }: Pick<LinearOptions, 'fine'> & { readonly norm?: string } = {},
  ): T {
    return this.operators.linear(input, this.weights.matrix(roles, this.index), {
      fine: fine && this.weights.configuration.width < COARSE_WIDTH,
      norm: norm === undefined ? undefined : this.norm(norm),
      bias: this.weights.bias(roles, this.index),
    });
  }

  /** Attention to the layer's own KV cache, behind the norms of query and key heads that the family has. */
  attention(queryKeyValue: T, options: Pick<AttentionOptions, 'rotation' | 'window'> = {}): T {
    return this.operators.attention(queryKeyValue, {
      layer: this.index,
      ...(this.weights.has('queryNorm') ? { queryNorm: this.norm('queryNorm'), keyNorm: this.norm('keyNorm') } : {}),
      ...options,
    });
  }

  norm(role: string): RmsNorm {
    return this.weights.norm(role, this.index);
  }
}

import type { TensorFlow } from '@foretoken/tensorflow';
import type { AttentionGeometry, AttentionOptions, LinearOptions, Operators } from '../operators.js';
import { MASKED, type Step, type StepSequence, treePositions, writeTreeMask } from '../step.js';
import type { Matrix, RmsNorm, Vector } from '../weight.js';
import type { EagerCache } from './eager-cache.js';

export type EagerTensor = ReturnType<TensorFlow['tensor']>;

/** `Operators` that compute at once, for one pass. Written for plainness: the graph executor is tested against it. */
export class EagerOperators implements Operators<EagerTensor> {
  constructor(
    private readonly tf: TensorFlow,
    private readonly geometry: AttentionGeometry,
    private readonly weights: ReadonlyMap<string, EagerTensor>,
    private readonly cache: EagerCache,
    private readonly step: Step,
  ) {}

  embedding(table: Matrix): EagerTensor {
    const tokens = this.step.sequences.flatMap((sequence) => [...sequence.tokens]);
    return this.tf.gather(this.weight(table), this.tf.tensor1d(tokens, 'int32'));
  }

  linear(input: EagerTensor, weight: Matrix, options: LinearOptions = {}): EagerTensor {
    const normed = options.norm ? this.rmsNorm(input, options.norm) : input;
    const product = this.tf.matMul(normed as ReturnType<TensorFlow['tensor2d']>, this.weight(weight), false, true);
    return options.bias ? product.add(this.weight(options.bias)) : product;
  }

  add(a: EagerTensor, b: EagerTensor): EagerTensor {
    return a.add(b);
  }

  gatedSilu(input: EagerTensor): EagerTensor {
    const [gate, up] = this.tf.split(input, 2, 1);
    if (!gate || !up) throw new Error('gatedSilu needs [gate, up]');
    return gate.mul(gate.sigmoid()).mul(up);
  }

  attention(queryKeyValue: EagerTensor, options: AttentionOptions): EagerTensor {
    let row = 0;
    const outputs = this.step.sequences.map((sequence) => {
      const count = sequence.tokens.length;
      const output = this.sequenceAttention(queryKeyValue.slice([row, 0], [count, -1]), sequence, options);
      row += count;
      return output;
    });
    return this.tf.concat(outputs, 0);
  }

  scoredRows(input: EagerTensor): EagerTensor {
    return this.tf.gather(input, this.tf.tensor1d(this.step.scoredRows, 'int32'));
  }

  private sequenceAttention(input: EagerTensor, sequence: StepSequence, options: AttentionOptions): EagerTensor {
    const { tf } = this;
    const { heads, kvHeads, headSize } = this.geometry;
    const count = sequence.tokens.length;
    const length = sequence.start + count;
    const [query, key, value] = tf.split(
      input.reshape([count, heads + 2 * kvHeads, headSize]),
      [heads, kvHeads, kvHeads],
      1,
    );
    if (!query || !key || !value) throw new Error('attention needs [query, key, value]');
    const positions = treePositions(sequence);
    const queries = this.rotate(this.headNorm(query, options.queryNorm), positions);
    const keys = this.rotate(this.headNorm(key, options.keyNorm), positions);
    const cached = this.cache.append(options.layer, sequence.slot, sequence.start, tf.stack([keys, value], 1));
    // [2, kvHeads, length, headSize]
    const context = cached.transpose([1, 2, 0, 3]);
    const half = (index: number): EagerTensor =>
      context.slice([index, 0, 0, 0], [1, -1, -1, -1]).reshape([kvHeads, length, headSize]);
    const grouped = queries
      .reshape([count, kvHeads, heads / kvHeads, headSize])
      .transpose([1, 2, 0, 3])
      .reshape([kvHeads, (heads / kvHeads) * count, headSize]);
    const scores = tf.matMul(grouped, half(0), false, true).mul(1 / Math.sqrt(headSize));
    const mask = new Float32Array(count * length).fill(MASKED);
    writeTreeMask(sequence, mask, length);
    const masked = scores
      .reshape([kvHeads, heads / kvHeads, count, length])
      .add(tf.tensor(mask, [1, 1, count, length], 'float32'));
    const weights = tf.softmax(masked).reshape([kvHeads, (heads / kvHeads) * count, length]);
    return tf
      .matMul(weights, half(1))
      .reshape([heads, count, headSize])
      .transpose([1, 0, 2])
      .reshape([count, heads * headSize]);
  }

  /** Rotates pairs of neighbouring dimensions. [n, heads, headSize]. */
  private rotate(input: EagerTensor, positions: Int32Array): EagerTensor {
    const { tf } = this;
    const { headSize, rotation } = this.geometry;
    const [count = 0, heads = 0] = input.shape;
    const cosine = new Float32Array((count * headSize) / 2);
    const sine = new Float32Array((count * headSize) / 2);
    for (let i = 0; i < count; i++) {
      for (let pair = 0; pair < headSize / 2; pair++) {
        const at = (positions[i] ?? 0) * headSize + 2 * pair;
        cosine[(i * headSize) / 2 + pair] = rotation[at] ?? 1;
        sine[(i * headSize) / 2 + pair] = rotation[at + 1] ?? 0;
      }
    }
    const angle = (values: Float32Array): EagerTensor => tf.tensor(values, [count, 1, headSize / 2], 'float32');
    const [even, odd] = tf.unstack(input.reshape([count, heads, headSize / 2, 2]), 3);
    if (!even || !odd) throw new Error('rotation needs pairs of dimensions');
    const rotatedEven = even.mul(angle(cosine)).sub(odd.mul(angle(sine)));
    const rotatedOdd = even.mul(angle(sine)).add(odd.mul(angle(cosine)));
    return tf.stack([rotatedEven, rotatedOdd], 3).reshape([count, heads, headSize]);
  }

  private headNorm(input: EagerTensor, norm: RmsNorm | undefined): EagerTensor {
    return norm ? this.rmsNorm(input, norm) : input;
  }

  private rmsNorm(input: EagerTensor, norm: RmsNorm): EagerTensor {
    const scale = input.square().mean(-1, true).add(norm.epsilon).rsqrt();
    return input.mul(scale).mul(this.weight(norm.weight));
  }

  private weight(weight: Matrix | Vector): EagerTensor {
    const tensor = this.weights.get(weight.name);
    if (!tensor) throw new Error(`weight '${weight.name}' was not declared to the executor`);
    return tensor;
  }
}

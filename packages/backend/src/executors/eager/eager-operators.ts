import type { TensorFlow } from '@foretoken/tensorflow';
import type { Activation, AttentionGeometry, AttentionOptions, LinearOptions, Operators } from '../operators.js';
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
    const normed = this.norm(input, options.norm) as ReturnType<TensorFlow['tensor2d']>;
    const product = this.tf.matMul(normed, this.weight(weight), false, true);
    return options.bias ? this.tf.add(product, this.weight(options.bias)) : product;
  }

  add(a: EagerTensor, b: EagerTensor): EagerTensor {
    return this.tf.add(a, b);
  }

  scale(input: EagerTensor, factor: number): EagerTensor {
    return this.tf.mul(input, factor);
  }

  norm(input: EagerTensor, norm: RmsNorm | undefined): EagerTensor {
    if (!norm) return input;
    const { tf } = this;
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(input), -1, true), norm.epsilon));
    return tf.mul(tf.mul(input, scale), this.weight(norm.weight));
  }

  gate(input: EagerTensor, activation: Activation): EagerTensor {
    const { tf } = this;
    const [gate, up] = tf.split(input, 2, 1);
    if (!gate || !up) throw new Error('a gate needs [gate, up]');
    if (activation === 'silu') return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
    const inner = tf.mul(tf.add(gate, tf.mul(tf.pow(gate, 3), 0.044715)), Math.sqrt(2 / Math.PI));
    return tf.mul(tf.mul(tf.mul(gate, 0.5), tf.add(tf.tanh(inner), 1)), up);
  }

  attention(queryKeyValue: EagerTensor, options: AttentionOptions): EagerTensor {
    let row = 0;
    const outputs = this.step.sequences.map((sequence) => {
      const count = sequence.tokens.length;
      const output = this.sequenceAttention(this.tf.slice(queryKeyValue, [row, 0], [count, -1]), sequence, options);
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
      tf.reshape(input, [count, heads + 2 * kvHeads, headSize]),
      [heads, kvHeads, kvHeads],
      1,
    );
    if (!query || !key || !value) throw new Error('attention needs [query, key, value]');
    const positions = treePositions(sequence);
    const rotation = this.geometry.rotations[options.rotation ?? 0] ?? new Float32Array(0);
    const queries = this.rotate(this.norm(query, options.queryNorm), positions, rotation);
    const keys = this.rotate(this.norm(key, options.keyNorm), positions, rotation);
    const cached = this.cache.append(options.layer, sequence.slot, sequence.start, tf.stack([keys, value], 1));
    // [2, kvHeads, length, headSize]
    const context = tf.transpose(cached, [1, 2, 0, 3]);
    const half = (index: number): EagerTensor =>
      tf.reshape(tf.slice(context, [index, 0, 0, 0], [1, -1, -1, -1]), [kvHeads, length, headSize]);
    const grouped = tf.reshape(
      tf.transpose(tf.reshape(queries, [count, kvHeads, heads / kvHeads, headSize]), [1, 2, 0, 3]),
      [kvHeads, (heads / kvHeads) * count, headSize],
    );
    const scores = tf.mul(tf.matMul(grouped, half(0), false, true), 1 / Math.sqrt(headSize));
    const mask = new Float32Array(count * length).fill(MASKED);
    writeTreeMask(sequence, mask, length, options.window);
    const masked = tf.add(
      tf.reshape(scores, [kvHeads, heads / kvHeads, count, length]),
      tf.tensor(mask, [1, 1, count, length], 'float32'),
    );
    const weights = tf.reshape(tf.softmax(masked), [kvHeads, (heads / kvHeads) * count, length]);
    const attended = tf.reshape(tf.matMul(weights, half(1)), [heads, count, headSize]);
    return tf.reshape(tf.transpose(attended, [1, 0, 2]), [count, heads * headSize]);
  }

  /** Rotates pairs of neighbouring dimensions. [n, heads, headSize]. */
  private rotate(input: EagerTensor, positions: Int32Array, rotation: Float32Array): EagerTensor {
    const { tf } = this;
    const { headSize } = this.geometry;
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
    const [even, odd] = tf.unstack(tf.reshape(input, [count, heads, headSize / 2, 2]), 3);
    if (!even || !odd) throw new Error('rotation needs pairs of dimensions');
    const rotatedEven = tf.sub(tf.mul(even, angle(cosine)), tf.mul(odd, angle(sine)));
    const rotatedOdd = tf.add(tf.mul(even, angle(sine)), tf.mul(odd, angle(cosine)));
    return tf.reshape(tf.stack([rotatedEven, rotatedOdd], 3), [count, heads, headSize]);
  }

  private weight(weight: Matrix | Vector): EagerTensor {
    const tensor = this.weights.get(weight.name);
    if (!tensor) throw new Error(`weight '${weight.name}' was not declared to the executor`);
    return tensor;
  }
}

import type { TensorFlow } from '@foretoken/tensorflow';
import type { CachePosition, Executor, StepLogits } from '../executor.js';
import type { ExecutorOptions } from '../executor-options.js';
import type { Step } from '../step.js';
import { topOfRows } from '../top-logits.js';
import { type Matrix, type Vector, valuesOf } from '../weight.js';
import { EagerCache } from './eager-cache.js';
import { EagerOperators, type EagerTensor } from './eager-operators.js';

export interface EagerExecutorOptions extends ExecutorOptions {
  readonly tensorFlow: TensorFlow;
  /** Weights that the model uses, uploaded once. */
  readonly declared: readonly (Matrix | Vector)[];
}

/** Runs a model operation by operation on any tfjs backend: slow, portable, and the oracle of the graph executor. */
export async function createEagerExecutor(options: EagerExecutorOptions): Promise<Executor> {
  const { tensorFlow: tf, declared } = options;
  const weights = new Map<string, EagerTensor>();
  try {
    for (const [index, weight] of declared.entries()) {
      const shape = weight.kind === 'matrix' ? [weight.rows, weight.columns] : [weight.size];
      const values = await valuesOf(weight, options.weights);
      weights.set(weight.name, tf.keep(tf.tensor(values, shape, 'float32')));
      options.onProgress?.((index + 1) / declared.length);
    }
  } catch (error) {
    for (const tensor of weights.values()) tensor.dispose();
    throw error;
  }
  return new EagerExecutor(options, weights);
}

class EagerExecutor implements Executor {
  readonly #options: EagerExecutorOptions;
  readonly #weights: ReadonlyMap<string, EagerTensor>;
  readonly #cache: EagerCache;
  #logits: EagerTensor | undefined;

  constructor(options: EagerExecutorOptions, weights: ReadonlyMap<string, EagerTensor>) {
    this.#options = options;
    this.#weights = weights;
    this.#cache = new EagerCache(options.tensorFlow);
  }

  run(step: Step): StepLogits {
    const { tensorFlow: tf, geometry, model } = this.#options;
    this.#logits?.dispose();
    this.#logits = undefined;
    const logits = tf.tidy(() =>
      tf.keep(model(new EagerOperators(tf, geometry, this.#weights, this.#cache, step), step.layers)),
    );
    this.#logits = logits;
    const row = (index: number): Float32Array =>
      tf.tidy(() => Float32Array.from(tf.slice(logits, [index, 0], [1, -1]).dataSync()));
    return {
      argmax: () => tf.tidy(() => Int32Array.from(tf.argMax(logits, 1).dataSync())),
      topK: (k) => topOfRows(step.scoredRows.length, k, row),
      row,
    };
  }

  copyPositions(from: CachePosition[], to: CachePosition[]): void {
    this.#cache.copy(from, to);
  }

  close(): void {
    this.#logits?.dispose();
    this.#cache.close();
    for (const tensor of this.#weights.values()) tensor.dispose();
  }
}

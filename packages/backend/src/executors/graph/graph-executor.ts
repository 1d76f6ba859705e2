import type { NativeTensorFlow, SavedModel } from '@foretoken/tensorflow';
import type { CachePosition, Executor, StepLogits } from '../executor.js';
import type { NativeExecutorOptions } from '../executor-options.js';
import type { AttentionGeometry } from '../operators.js';
import type { Step } from '../step.js';
import { callEntry } from './call-entry.js';
import type { WeightAssignment } from './graph-weights.js';
import { stepFeeds } from './step-feeds.js';
import { StoredWeightLoader } from './stored-weight-loader.js';
import { maskName, traceModel } from './trace-model.js';
import { withSavedModel } from './with-saved-model.js';

type Tensor = ReturnType<NativeTensorFlow['tensor']>;
type EntryName = 'step' | 'prefill' | 'row' | 'topK' | 'copy' | `exit/${number}`;

export interface GraphExecutorOptions extends NativeExecutorOptions {
  readonly vocabularySize: number;
}

/**
 * Compiles a model to a SavedModel and runs it: one native call a pass. Weights and KV caches are resource
 * variables of the session, so nothing but a few index arrays enters and nothing but token ids leaves.
 */
export async function createGraphExecutor(options: GraphExecutorOptions): Promise<Executor> {
  const { tensorFlow, slots, slotCapacity, exitLayers = [] } = options;
  const { model, geometry, vocabularySize } = options;
  const traced = traceModel(model, geometry, slots * slotCapacity, vocabularySize, exitLayers);
  return withSavedModel(tensorFlow, traced.graph, async (load) => {
    const entries = new Map<EntryName, SavedModel>();
    const exits = exitLayers.map((layers) => `exit/${layers}` as const);
    for (const name of ['step', 'prefill', 'row', 'topK', 'copy', ...exits] as const) {
      entries.set(name, await load(name));
    }
    try {
      await initialise(tensorFlow, await load('initialise'), options.geometry);
      const loader = new StoredWeightLoader(options.weights);
      for (const [index, assignment] of traced.assignments.entries()) {
        await assign(tensorFlow, await load(assignment.signature), assignment, loader);
        options.onProgress?.((index + 1) / traced.assignments.length);
      }
    } catch (error) {
      for (const entry of entries.values()) entry.dispose();
      throw error;
    }
    return new GraphExecutor(options, traced.windows, entries);
  });
}

class GraphExecutor implements Executor {
  readonly #options: GraphExecutorOptions;
  readonly #windows: readonly number[];
  readonly #entries: ReadonlyMap<EntryName, SavedModel>;

  constructor(options: GraphExecutorOptions, windows: readonly number[], entries: ReadonlyMap<EntryName, SavedModel>) {
    this.#options = options;
    this.#windows = windows;
    this.#entries = entries;
  }

  run(step: Step): StepLogits {
    const { tensorFlow: tf, geometry, slotCapacity } = this.#options;
    const windows = [undefined, ...this.#windows];
    const feeds = stepFeeds(step, { slotCapacity, heads: geometry.heads, windows });
    const { batch, queryLength, contextLength } = feeds;
    const common = {
      tokens: tf.tensor1d(feeds.tokens, 'int32'),
      positions: tf.tensor1d(feeds.positions, 'int32'),
      cachePositions: tf.tensor1d(feeds.cachePositions, 'int32'),
      contextPositions: tf.tensor2d(feeds.contextPositions, [batch, contextLength], 'int32'),
      queryRows: tf.tensor2d(feeds.queryRows, [batch, queryLength], 'int32'),
      attentionRows: tf.tensor1d(feeds.attentionRows, 'int32'),
      queryLength: tf.scalar(queryLength, 'int32'),
      ...Object.fromEntries(
        feeds.masks.map((mask, index) => [
          maskName(windows[index]),
          tf.tensor4d(mask, [batch, 1, queryLength, contextLength], 'float32'),
        ]),
      ),
    };
    if (step.scoredRows.length === 0) {
      this.#call('prefill', common).dispose();
      return noLogits;
    }
    const entry = step.layers === undefined ? 'step' : (`exit/${step.layers}` as const);
    const best = this.#call(entry, { ...common, scoredRows: tf.tensor1d(step.scoredRows, 'int32') });
    const tokens = Int32Array.from(best.dataSync());
    best.dispose();
    return { argmax: () => tokens.slice(), topK: (k) => this.#topK(k), row: (index) => this.#row(index) };
  }

  copyPositions(from: CachePosition[], to: CachePosition[]): void {
    const { tensorFlow: tf, slotCapacity } = this.#options;
    const flat = (positions: CachePosition[]): Tensor =>
      tf.tensor1d(
        Int32Array.from(positions, ({ slot, position }) => slot * slotCapacity + position),
        'int32',
      );
    this.#call('copy', { from: flat(from), to: flat(to) }).dispose();
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.dispose();
  }

  #row(index: number): Float32Array {
    const row = this.#call('row', { index: this.#options.tensorFlow.scalar(index, 'int32') });
    const values = row.dataSync<'float32'>();
    row.dispose();
    return values;
  }

  #topK(k: number): { tokens: Int32Array; logits: Float32Array } {
    const size = this.#options.tensorFlow.scalar(k, 'int32');
    try {
      const { tokens, logits } = this.#entry('topK').predict({ k: size }) as Record<'tokens' | 'logits', Tensor>;
      const best = { tokens: Int32Array.from(tokens.dataSync()), logits: Float32Array.from(logits.dataSync()) };
      tokens.dispose();
      logits.dispose();
      return best;
    } finally {
      size.dispose();
    }
  }

  #call(name: EntryName, inputs: Record<string, Tensor>): Tensor {
    return callEntry(this.#entry(name), inputs);
  }

  #entry(name: EntryName): SavedModel {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`the graph has no entry '${name}'`);
    return entry;
  }
}

const noLogits: StepLogits = {
  argmax: () => new Int32Array(0),
  topK: () => ({ tokens: new Int32Array(0), logits: new Float32Array(0) }),
  row: (index) => {
    throw new RangeError(`row ${index} of a pass that scored none`);
  },
};

async function initialise(tf: NativeTensorFlow, entry: SavedModel, geometry: AttentionGeometry): Promise<void> {
  const { headSize, rotations } = geometry;
  const tables = rotations.map((table, index): [string, Tensor] => [
    `rotation${index}`,
    tf.tensor2d(table, [table.length / headSize, headSize], 'float32'),
  ]);
  callEntry(entry, Object.fromEntries(tables)).dispose();
  entry.dispose();
}

async function assign(
  tf: NativeTensorFlow,
  entry: SavedModel,
  assignment: WeightAssignment,
  loader: StoredWeightLoader,
): Promise<void> {
  const inputs: Record<string, Tensor> = {};
  try {
    const values = await loader.load(assignment.variables);
    assignment.variables.forEach((variable, index) => {
      inputs[variable.name] = tf.tensor(values[index] ?? new Float32Array(0), [...variable.shape], 'float32');
    });
    callEntry(entry, inputs).dispose();
  } finally {
    for (const input of Object.values(inputs)) if (!input.isDisposed) input.dispose();
    loader.release();
    entry.dispose();
  }
}

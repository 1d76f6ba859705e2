import type { Arithmetic } from '@foretoken/core';
import {
  type Gpu,
  type Instruction,
  isGpuErrorCode,
  type NativeObject,
  type NativeOperators,
  OperatorsError,
} from '@foretoken/operators';
import type { NativeTensorFlow, SavedModel } from '@foretoken/tensorflow';
import type { ProgressListener } from '@foretoken/tensorflow/status';
import type { CachePosition, ChainStep, Executor, KvPrecision, StepLogits } from '../executor.js';
import type { NativeExecutorOptions } from '../executor-options.js';
import { callEntry } from '../graph/call-entry.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import { DataType, type GraphDefinition, type SignatureTensor } from '../graph/graph-definition.js';
import { withSavedModel } from '../graph/with-saved-model.js';
import type { Step } from '../step.js';
import type { Matrix, Vector } from '../weight.js';
import { NativeWeightStore } from './native-weight-store.js';
import { ProgramOperators, type Register } from './program-operators.js';

export interface ProgramExecutorOptions extends NativeExecutorOptions {
  readonly operators: NativeOperators;
  /** Where the cache lies and passes run. @default the CPU */
  readonly gpu?: Gpu;
  /** Weights that the model uses. */
  readonly declared: readonly (Matrix | Vector)[];
  readonly kvPrecision: KvPrecision;
  readonly arithmetic: Arithmetic;
  /** Where integer products keep regrouped weights. @default nowhere: each pass regroups them, which takes longer */
  readonly panels?: PanelOptions | undefined;
  /** Tokens that `chain` may guess, ascending. @default all */
  readonly chainVocabulary?: Int32Array | undefined;
}

export interface PanelOptions {
  /** A folder, made where it is not there. */
  readonly directory: string;
  /** Told as panels are made. */
  readonly onProgress?: ProgressListener | undefined;
  /** Told in one line why there are none. */
  readonly onWarning?: (message: string) => void;
}

/** A pass that stops after some layers, or after all (`layers` undefined), as the one node of a SavedModel. */
interface Entry {
  readonly layers: number | undefined;
  readonly program: NativeObject;
  readonly savedModel: SavedModel;
}

/**
 * Runs a model as a SavedModel of one node: the whole pass is a program of fused operators. Weights stay in their
 * stored format, mapped from their file where they lie in one, or are copied to a GPU; the KV cache belongs to the addon.
 */
export async function createProgramExecutor(options: ProgramExecutorOptions): Promise<Executor> {
  const { operators, geometry, slots, slotCapacity, exitLayers = [], model, kvPrecision } = options;
  const { rotations, ...shape } = geometry;
  const weights = await NativeWeightStore.load({
    operators,
    headSize: geometry.headSize,
    arithmetic: options.arithmetic,
    source: options.weights,
    weights: options.declared,
    onProgress: options.onProgress,
  });
  const owned: { close(): void }[] = [weights];
  try {
    const traces = [undefined, ...exitLayers].map((layers) => {
      const writer = new ProgramOperators(weights);
      return { layers, output: model(writer, layers), instructions: writer.instructions };
    });
    if (options.gpu) {
      const { headSize } = geometry;
      for (const { instructions } of traces) operators.checkGpuProgram({ headSize, instructions });
      await options.gpu.prepare(weights.formats);
    }
    const cache = operators.createCache({
      ...shape,
      slots,
      slotCapacity,
      rotation: joined(rotations),
      rotations: rotations.length,
      elements: kvPrecision,
      ...(options.gpu ? { gpu: options.gpu } : {}),
    });
    owned.push(cache);
    const products = new Set<NativeObject>();
    const programs = traces.map(({ layers, instructions }) => {
      for (const instruction of instructions) if (instruction.kind === 'linear') products.add(instruction.weight);
      const program = operators.createProgram({ cache, instructions });
      owned.push(program);
      return { layers, program };
    });
    if (options.arithmetic === 'integer') await usePanels(weights, products, options);
    const [whole] = traces;
    const wholeProgram = programs[0]?.program;
    if (whole === undefined || wholeProgram === undefined) throw new Error('a model has one program at least');
    const chainProgram = options.chainVocabulary
      ? createChainProgram(operators, { ...whole, cache, vocabulary: options.chainVocabulary, owned })
      : wholeProgram;
    const entries = await loadEntries(options.tensorFlow, programs);
    for (const { savedModel } of entries) owned.push({ close: () => void savedModel.dispose() });
    return new ProgramExecutor(options, { entries, chainProgram, weights, cache, owned });
  } catch (error) {
    for (const object of owned.reverse()) object.close();
    throw error;
  }
}

/** What a program executor runs and has to close. */
interface ProgramParts {
  readonly entries: readonly Entry[];
  readonly chainProgram: NativeObject;
  readonly weights: NativeWeightStore;
  readonly cache: NativeObject;
  readonly owned: readonly { close(): void }[];
}

class ProgramExecutor implements Executor {
  readonly #options: Pick<ProgramExecutorOptions, 'tensorFlow' | 'operators' | 'gpu'>;
  readonly #parts: ProgramParts;

  constructor({ tensorFlow, operators, gpu }: ProgramExecutorOptions, parts: ProgramParts) {
    // Not the options themselves, which would keep the source of the weights.
    this.#options = { tensorFlow, operators, ...(gpu ? { gpu } : {}) };
    this.#parts = parts;
  }

  run(step: Step): StepLogits {
    const { operators } = this.#options;
    const entry = this.#parts.entries.find(({ layers }) => layers === step.layers);
    if (entry === undefined) throw new Error(`the program has no exit after ${step.layers} layers`);
    this.#checkFiles();
    const best = this.#predict(entry.savedModel, step);
    const row = (index: number): Float32Array => operators.logits(entry.program, index);
    return { argmax: () => best.slice(), topK: (k) => operators.topLogits(entry.program, k), row };
  }

  chain(inputs: readonly ChainStep[]): ReturnType<NonNullable<Executor['chain']>> {
    this.#checkFiles();
    return this.#options.operators.chain(this.#parts.chainProgram, inputs);
  }

  copyPositions(from: CachePosition[], to: CachePosition[]): void {
    this.#options.operators.copyPositions(this.#parts.cache, from, to);
  }

  discardPositions(place: CachePosition): void {
    this.#options.operators.discardPositions(this.#parts.cache, place);
  }

  close(): void {
    for (const object of [...this.#parts.owned].reverse()) object.close();
  }

  /** A GPU has its own copy of what the files had. */
  #checkFiles(): void {
    if (this.#options.gpu === undefined) this.#parts.weights.checkFiles();
  }

  /** TensorFlow's error with the code of what happened on the GPU. */
  #failure(error: unknown): unknown {
    const code = this.#options.gpu?.takeFault();
    if (!isGpuErrorCode(code)) return error;
    return new OperatorsError(code, error instanceof Error ? error.message : String(error), { cause: error });
  }

  #predict(savedModel: SavedModel, { sequences, scoredRows }: Step): Int32Array {
    const { tensorFlow: tf } = this.#options;
    const inputs = {
      tokens: tf.tensor1d(
        sequences.flatMap(({ tokens }) => [...tokens]),
        'int32',
      ),
      parents: tf.tensor1d(
        sequences.flatMap(({ parents }) => [...parents]),
        'int32',
      ),
      sequences: tf.tensor1d(
        sequences.flatMap(({ slot, start, tokens }) => [slot, start, tokens.length]),
        'int32',
      ),
      scored: tf.tensor1d(scoredRows, 'int32'),
    };
    try {
      const best = callEntry(savedModel, inputs);
      const tokens = Int32Array.from(best.dataSync());
      best.dispose();
      return tokens;
    } catch (error) {
      throw this.#failure(error);
    }
  }
}

function joined(tables: readonly Float32Array[]): Float32Array {
  const length = tables[0]?.length ?? 0;
  const all = new Float32Array(tables.length * length);
  for (const [index, table] of tables.entries()) all.set(table, index * length);
  return all;
}

async function usePanels(
  weights: NativeWeightStore,
  products: ReadonlySet<NativeObject>,
  { panels, chainVocabulary }: ProgramExecutorOptions,
): Promise<void> {
  if (panels === undefined) return;
  const { directory, onProgress, onWarning } = panels;
  // The output matrix comes last. Where chains leave out rows of it, hardly anything else reads them.
  const left = chainVocabulary?.findIndex((token, index) => token !== index) ?? -1;
  const lastRows = left < 0 ? chainVocabulary?.length : left;
  try {
    await weights.usePanels(products, { directory, onProgress, lastRows });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    onWarning?.(
      `Integer products take about half as long again, since the weights can't be kept rearranged in ${directory}: ${cause}. Free as much space there as the model's file takes, or let FORETOKEN_CACHE name a folder that can be written to.`,
    );
  }
}

/** The whole pass with some rows of the output matrix only: the cheaper one for guesses. */
function createChainProgram(
  operators: NativeOperators,
  parts: {
    readonly instructions: readonly Instruction[];
    /** The instruction that gives the logits. */
    readonly output: Register;
    readonly cache: NativeObject;
    readonly vocabulary: Int32Array;
    readonly owned: { close(): void }[];
  },
): NativeObject {
  const last = parts.instructions[parts.output];
  if (last?.kind !== 'linear') throw new Error('a pass ends with the output matrix');
  const weight = operators.selectRows(last.weight, parts.vocabulary);
  parts.owned.push(weight);
  const instructions = [...parts.instructions.slice(0, parts.output), { ...last, weight }];
  const program = operators.createProgram({ cache: parts.cache, instructions, vocabulary: parts.vocabulary });
  parts.owned.push(program);
  return program;
}

async function loadEntries(
  tensorFlow: NativeTensorFlow,
  programs: readonly Omit<Entry, 'savedModel'>[],
): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    await withSavedModel(tensorFlow, programGraph(programs), async (load) => {
      for (const [index, part] of programs.entries()) {
        entries.push({ ...part, savedModel: await load(signatureOf(index)) });
      }
    });
    return entries;
  } catch (error) {
    for (const { savedModel } of entries) savedModel.dispose();
    throw error;
  }
}

function programGraph(programs: readonly Omit<Entry, 'savedModel'>[]): GraphDefinition {
  const graph = new GraphBuilder();
  const inputs: Record<string, SignatureTensor> = {};
  for (const name of ['tokens', 'parents', 'sequences', 'scored']) {
    inputs[name] = graph.placeholder(name, DataType.int32, [-1]);
  }
  for (const [index, { program }] of programs.entries()) {
    const best = graph.node(
      'ForetokenProgram',
      Object.values(inputs).map(({ node }) => node),
      {
        program: { kind: 'int', value: program.id },
      },
    );
    graph.signature(signatureOf(index), {
      inputs,
      outputs: { best: { node: best, type: DataType.int32, shape: [-1] } },
    });
  }
  return graph.build();
}

function signatureOf(index: number): string {
  return `program/${index}`;
}

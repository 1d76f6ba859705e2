import type { Arithmetic, EarlyExitLanguageModel } from '@foretoken/core';
import { InvalidArgumentError } from '@foretoken/core';
import type { ChatTemplate, Tokenizer } from '@foretoken/core/text';
import { OperatorsError, operatorsVariableProblems } from '@foretoken/operators';
import { cacheDirectory, TensorFlowError } from '@foretoken/tensorflow';
import type { Device, TensorFlowReport } from '@foretoken/tensorflow/status';
import type { ExecutorKind, KvPrecision } from '../executors/executor.js';
import { panelDirectory } from '../executors/fused/panel-header.js';
import type { WeightSource } from '../executors/weight.js';
import { type ResolveModelOptions, resolveModel } from '../sources/resolve-model.js';
import { openWeights } from '../weights/open-weights.js';
import { chooseArithmetic } from './choose-arithmetic.js';
import type { ModelConfiguration } from './configuration.js';
import { createModel } from './create-model.js';
import { usedWeights } from './decoder-model.js';
import { describeSlowFallback } from './describe-slow-fallback.js';
import { fileWeightSource } from './file-weight-source.js';
import { type LoadedDevice, loadDevice, withoutGpu } from './load-device.js';
import { readModelText } from './load-model-text.js';
import { draftDirectory, type RequantisedWeightsOptions, requantisedWeights } from './requantised-weights.js';

export interface LoadModelOptions extends Pick<ResolveModelOptions, 'cacheDirectory' | 'allowDownload' | 'onProgress'> {
  /** Where forward passes run; `auto` takes the best there is: cuda, cpu, wasm, js. @default 'auto' */
  readonly device?: 'auto' | Device;
  /**
   * `fused` runs this project's own operators on weights in their stored format, on cuda or cpu; `graph` TensorFlow's
   * operations in one native call a pass, on cuda or cpu; `eager` operation by operation, anywhere. @default the first
   * that can be had
   */
  readonly executor?: ExecutorKind;
  /** Tokens that one sequence can hold, prompt and answer together. @default the model's own, at most 8192 */
  readonly contextLength?: number;
  /** Sequences open at a time. KV memory is allocated as tokens arrive, not in advance. @default 1 */
  readonly slots?: number;
  /**
   * Number format of the KV cache; `float16` takes half the memory and needs the executor `fused`. @default 'float32'
   */
  readonly kvPrecision?: KvPrecision;
  /**
   * Arithmetic of products with quantised weights: `exact` with float32 activations, or `integer` with activations
   * rounded to 8 bits, which is faster and needs the executor `fused`. @default DEFAULT_ARITHMETIC of `@foretoken/core` with `fused`, else
   * 'exact'
   */
  readonly arithmetic?: Arithmetic;
  /**
   * Numbers of layers after which a forward pass may stop, for early-exit drafting. Whole numbers from 1 to one below
   * the model's layers. @default none
   */
  readonly exitLayers?: readonly number[];
  /**
   * For a draft model: `forwardChain` guesses only special tokens and this many first tokens of the vocabulary.
   * Vocabularies are ordered by frequency, so a part of the output matrix guesses nearly as well and takes less time.
   * Has no effect on `forward`, nor without `forwardChain`. @default all
   */
  readonly chainTokens?: number;
  /**
   * For a draft model: the format to which matrices with more bits are rounded when it is first loaded; the result is
   * kept in the cache folder. Has an effect with the executor `fused` only. @default 'stored', as the file has them
   */
  readonly draftFormat?: 'stored' | 'Q4_0';
  /** Called while weights are copied to the device, with the fraction done, in [0, 1]. */
  readonly onWeightsLoaded?: (fraction: number) => void;
  /**
   * Called with one line that names cause and remedy if the model will run several times slower than this machine could
   * run it. @default process.emitWarning
   */
  readonly onWarning?: (message: string) => void;
}

/** A model on a device, with its tokenizer and chat template. */
export interface LoadedModel {
  readonly name: string;
  readonly model: EarlyExitLanguageModel;
  readonly tokenizer: Tokenizer;
  /** Absent when the model's files carry none (a base model). */
  readonly chatTemplate: ChatTemplate | undefined;
  readonly configuration: ModelConfiguration;
  readonly device: Device;
  readonly executor: ExecutorKind;
  /** Arithmetic of its matrix products. */
  readonly arithmetic: Arithmetic;
  /** Why it is not `fused`, where that was tried. */
  readonly executorReason?: string;
  /** File of the native addon that runs its passes, with the executor `fused`: `passProgress` of `@foretoken/operators` watches them. */
  readonly addon?: string;
  /** Which devices were tried, and why a faster one is not used. */
  readonly report: TensorFlowReport;
  /** Frees weights and caches. */
  close(): void;
}

/** A longer context by default would promise memory that few machines have. */
const DEFAULT_CONTEXT_LIMIT = 8192;

/**
 * Loads a model: finds its files, reads tokenizer and chat template, and loads its weights onto the device.
 *
 * @param reference - a path to a GGUF file or a folder of safetensors, a Hugging Face id (`org/name`), or a registered
 * name (`smollm2-135m-instruct`)
 * @throws {ForetokenError} `UnknownModelError` for a reference that matches nothing, `WeightsFormatError` for a corrupt
 * file, `UnsupportedModelError` for a model that can't be run, `InvalidArgumentError` for the value of an option or of
 * a variable of the environment
 *
 * @example
 * ```ts
 * import { loadModel } from '@foretoken/backend';
 *
 * const { model, tokenizer, close } = await loadModel('smollm2-135m-instruct');
 * const sequence = model.openSequence();
 * const tokens = tokenizer.encode('The capital of France is');
 * const { scores } = await model.forward([{ sequence, tokens, want: 'last' }]);
 * console.log(tokenizer.tokenText(scores[0]?.argmax()[0] ?? 0)); // ' Paris'
 * close();
 * ```
 */
export async function loadModel(reference: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  const {
    slots = 1,
    executor: wantedExecutor,
    contextLength,
    exitLayers = [],
    kvPrecision = 'float32',
    arithmetic: wantedArithmetic,
    chainTokens,
    draftFormat = 'stored',
    device = 'auto',
    onWeightsLoaded,
    onWarning = (message) => process.emitWarning(message, 'ForetokenWarning'),
    ...fetching
  } = options;
  checkEnvironment();
  positiveInteger('slots', slots);
  if (contextLength !== undefined) positiveInteger('contextLength', contextLength);
  if (chainTokens !== undefined) positiveInteger('chainTokens', chainTokens);
  const files = await resolveModel(reference, fetching);
  const file = await openWeights(files.weights);
  try {
    const { name, tokenizer, chatTemplate, configuration } = await readModelText(file, files);
    checkExitLayers(exitLayers, configuration.layers);
    const slotCapacity = contextLength ?? Math.min(configuration.contextLength, DEFAULT_CONTEXT_LIMIT);
    if (slotCapacity > configuration.contextLength) {
      throw new InvalidArgumentError(
        `contextLength is ${slotCapacity}, but ${name} was made for ${configuration.contextLength} tokens. Ask for no more.`,
        { contextLength: slotCapacity },
      );
    }
    const loaded = await loadDevice({ device, executor: wantedExecutor, ...fetching });
    checkKvPrecision(kvPrecision, loaded.executor.kind);
    const slow = describeSlowFallback(loaded);
    if (slow !== undefined) onWarning(slow);
    const stored = fileWeightSource(file, configuration);
    const weights =
      draftFormat === 'Q4_0' && loaded.executor.kind === 'fused'
        ? await roundedWeights(stored, {
            declared: usedWeights(configuration),
            weightsPath: files.weights,
            folder: draftDirectory(fetching.cacheDirectory ?? cacheDirectory()),
            onProgress: onWeightsLoaded,
          })
        : stored;
    const create = async (on: LoadedDevice) => {
      const arithmetic = chooseArithmetic(wantedArithmetic, on.executor.kind, { gpu: on.device === 'cuda' });
      const model = await createModel({
        configuration,
        weights,
        executor: on.executor,
        slots,
        slotCapacity,
        kvPrecision,
        arithmetic,
        panels: {
          directory: panelDirectory(fetching.cacheDirectory ?? cacheDirectory()),
          onWarning,
          onProgress: fetching.onProgress,
        },
        exitLayers: [...new Set(exitLayers)].sort((a, b) => a - b),
        chainVocabulary:
          chainTokens !== undefined && chainTokens < configuration.vocabularySize
            ? chainVocabulary(tokenizer, chainTokens)
            : undefined,
        onProgress: onWeightsLoaded,
      });
      return { ...on, arithmetic, model };
    };
    const {
      device: taken,
      executor,
      report,
      arithmetic,
      model,
    } = await create(loaded).catch((error: unknown) => {
      if (device === 'cuda' || !(error instanceof OperatorsError || error instanceof TensorFlowError)) throw error;
      const onCpu = withoutGpu(loaded, error);
      if (onCpu === undefined) throw error;
      onWarning(`The model runs on cpu, several times slower: ${error.message}`);
      return create(onCpu);
    });
    // By now TensorFlow has started; the graph's executor keeps using more of it.
    if (executor.kind === 'fused') executor.operators.releaseLibraryPages();
    return {
      name,
      model,
      tokenizer,
      chatTemplate,
      configuration,
      device: taken,
      executor: executor.kind,
      arithmetic,
      ...(executor.kind === 'graph' && executor.reason ? { executorReason: executor.reason } : {}),
      ...(executor.kind === 'fused' ? { addon: executor.operators.path } : {}),
      report,
      // A function written here would keep the tokenizer, and whatever else it took to load.
      close: model.close.bind(model),
    };
  } finally {
    await file.close();
  }
}

/** As stored where the cache folder can't be written: slower guesses are better than none. */
async function roundedWeights(
  source: WeightSource,
  options: Omit<RequantisedWeightsOptions, 'source'>,
): Promise<WeightSource> {
  try {
    return await requantisedWeights({ ...options, source });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return source;
    throw error;
  }
}

function checkEnvironment(): void {
  const [problem] = operatorsVariableProblems(process.env);
  if (problem) throw new InvalidArgumentError(problem.message, { variable: problem.name });
}

/** The first tokens, and the special ones behind them. */
function chainVocabulary(tokenizer: Tokenizer, first: number): Int32Array {
  const tokens = Array.from({ length: tokenizer.vocabularySize }, (_, token) => token);
  return Int32Array.from(tokens.filter((token) => token < first || tokenizer.isSpecial(token)));
}

function positiveInteger(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new InvalidArgumentError(`${name} must be a whole number above 0, not ${value}.`, { [name]: value });
}

function checkKvPrecision(kvPrecision: KvPrecision, executor: ExecutorKind): void {
  const known: readonly KvPrecision[] = ['float32', 'float16'];
  if (!known.includes(kvPrecision)) {
    throw new InvalidArgumentError(`kvPrecision must be float32 or float16, not ${JSON.stringify(kvPrecision)}.`, {
      kvPrecision,
    });
  }
  if (kvPrecision === 'float32' || executor === 'fused') return;
  throw new InvalidArgumentError(
    `kvPrecision float16 needs the executor 'fused', but this model runs on '${executor}'. Leave it out.`,
    { kvPrecision, executor },
  );
}

function checkExitLayers(exitLayers: readonly number[], layers: number): void {
  const wrong = exitLayers.find((exit) => !Number.isInteger(exit) || exit < 1 || exit >= layers);
  if (wrong === undefined) return;
  throw new InvalidArgumentError(
    `exitLayers has ${wrong}, but this model has ${layers} layers: give whole numbers from 1 to ${layers - 1}.`,
    { exitLayers, layers },
  );
}

import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Device, loadTensorFlow, type ProgressListener, type TensorFlowReport } from '@foretoken/tensorflow';
import type { ExecutorKind } from '../backend/executor.js';
import type { EarlyExitLanguageModel } from '../contracts/language-model.js';
import { ForetokenError, InvalidArgumentError } from '../errors.js';
import { type ResolvedModel, resolveModel } from '../sources/resolve-model.js';
import { type ChatTemplate, createChatTemplate } from '../text/chat-template.js';
import { chatTemplateOfConfig, chatTemplateOfGguf } from '../text/chat-template-source.js';
import { createTokenizerFromGguf } from '../text/gguf-tokenizer.js';
import { createTokenizerFromJson } from '../text/json-tokenizer.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { openWeights, type WeightsFile } from '../weights/index.js';
import { chooseExecutor } from './choose-executor.js';
import { type ModelConfiguration, UnsupportedModelError } from './configuration.js';
import { createModel } from './create-model.js';
import { fileWeightSource } from './file-weight-source.js';
import { configurationFromGguf } from './gguf-configuration.js';
import { configurationFromHuggingFace } from './hugging-face-configuration.js';

export interface LoadModelOptions {
  /** Where forward passes run; `auto` takes the best there is: cuda, cpu, wasm, js. @default 'auto' */
  readonly device?: 'auto' | Device;
  /**
   * `fused` runs this project's own operators on weights as they are stored, on cpu; `graph` TensorFlow's operations in
   * one native call a pass, on cuda or cpu; `eager` operation by operation, anywhere. @default the first that can be had
   */
  readonly executor?: ExecutorKind;
  /** Tokens that one sequence can hold, prompt and answer together. @default the model's own, at most 8192 */
  readonly contextLength?: number;
  /** Sequences open at a time. KV memory is taken as tokens arrive, not ahead. @default 1 */
  readonly slots?: number;
  /**
   * Numbers of first layers that a forward may stop after, for a draft by the model's own first layers. Whole numbers
   * from 1 to one below the model's layers. @default none
   */
  readonly exitLayers?: readonly number[];
  /** Where models and TensorFlow are kept. @default the cache folder of `@foretoken/tensorflow` */
  readonly cacheDirectory?: string;
  /** Whether what is missing in the cache may be fetched. @default true */
  readonly allowDownload?: boolean;
  /** Told about downloads. */
  readonly onProgress?: ProgressListener;
  /** Told as weights go to the device: the part done, in [0, 1]. */
  readonly onWeightsLoaded?: (fraction: number) => void;
}

/** A model on a device, with the text side that belongs to it. */
export interface LoadedModel {
  readonly name: string;
  readonly model: EarlyExitLanguageModel;
  readonly tokenizer: Tokenizer;
  /** Absent when the model's files carry none (a base model). */
  readonly chatTemplate: ChatTemplate | undefined;
  readonly configuration: ModelConfiguration;
  readonly device: Device;
  readonly executor: ExecutorKind;
  /** Why it is not `fused`, where that was tried. */
  readonly executorReason?: string;
  /** Which devices were tried, and why a better one was not taken. */
  readonly report: TensorFlowReport;
  /** Frees weights and caches. */
  close(): void;
}

/** A longer context by default would promise memory that few machines have. */
const DEFAULT_CONTEXT_LIMIT = 8192;

/**
 * Loads a model: finds its files, reads its text side, and puts its weights on the device.
 *
 * @param reference - a path to a GGUF file or a folder of safetensors, a Hugging Face id (`org/name`), or a registered
 *   name (`smollm2-135m-instruct`)
 * @throws {ForetokenError} `UnknownModelError` for a reference that leads nowhere, `WeightsFormatError` for a corrupt
 *   file, `UnsupportedModelError` for a model that can't be run, `InvalidArgumentError` for an option's value
 *
 * @example
 * ```ts
 * import { loadModel } from '@foretoken/core/tensorflow';
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
    device,
    onWeightsLoaded,
    ...fetching
  } = options;
  positiveInteger('slots', slots);
  if (contextLength !== undefined) positiveInteger('contextLength', contextLength);
  const files = await resolveModel(reference, fetching);
  const file = await openWeights(files.weights);
  try {
    const parts = file.format === 'gguf' ? await readGguf(file) : await readHuggingFace(file, files);
    checkExitLayers(exitLayers, parts.configuration.layers);
    const slotCapacity = contextLength ?? Math.min(parts.configuration.contextLength, DEFAULT_CONTEXT_LIMIT);
    if (slotCapacity > parts.configuration.contextLength) {
      throw new InvalidArgumentError(
        `contextLength is ${slotCapacity}, but ${files.name} was made for ${parts.configuration.contextLength} tokens. Ask for no more.`,
        { contextLength: slotCapacity },
      );
    }
    const tensorFlow = await loadTensorFlow({ ...(device ? { device } : {}), ...fetching });
    const executor = await chooseExecutor(wantedExecutor, tensorFlow, fetching);
    const model = await createModel({
      configuration: parts.configuration,
      weights: fileWeightSource(file, parts.configuration),
      executor,
      slots,
      slotCapacity,
      exitLayers: [...new Set(exitLayers)].sort((a, b) => a - b),
      ...(onWeightsLoaded ? { onProgress: onWeightsLoaded } : {}),
    });
    return {
      name: files.name,
      model,
      ...parts,
      device: tensorFlow.device,
      executor: executor.kind,
      ...(executor.kind === 'graph' && executor.reason ? { executorReason: executor.reason } : {}),
      report: tensorFlow.report,
      close: () => model.close(),
    };
  } finally {
    await file.close();
  }
}

type ModelParts = Pick<LoadedModel, 'configuration' | 'tokenizer' | 'chatTemplate'>;

async function readGguf(file: WeightsFile): Promise<ModelParts> {
  const factors = file.tensors.has('rope_freqs.weight') ? await file.readFloat32('rope_freqs.weight') : undefined;
  const configuration = configurationFromGguf(file.metadata, {
    has: (name) => file.tensors.has(name),
    rows: (name) => file.tensors.get(name)?.shape[0],
    ropeFactors: factors,
  });
  const tokenizer = createTokenizerFromGguf(file.metadata);
  return { configuration, tokenizer, chatTemplate: templateOf(chatTemplateOfGguf(file.metadata), tokenizer) };
}

async function readHuggingFace(file: WeightsFile, files: ResolvedModel): Promise<ModelParts> {
  const folder = dirname(files.weights);
  const config = await readJson(files.configuration ?? join(folder, 'config.json'));
  const configuration = configurationFromHuggingFace(config, { has: (name) => file.tensors.has(name) });
  const tokenizerConfiguration = files.tokenizerConfiguration ? await readJson(files.tokenizerConfiguration) : {};
  const tokenizer = createTokenizerFromJson(
    await readJson(files.tokenizer ?? join(folder, 'tokenizer.json')),
    tokenizerConfiguration,
  );
  return {
    configuration,
    tokenizer,
    chatTemplate: templateOf(chatTemplateOfConfig(tokenizerConfiguration), tokenizer),
  };
}

function templateOf(source: string | undefined, tokenizer: Tokenizer): ChatTemplate | undefined {
  if (source === undefined) return undefined;
  const { bosToken, endTokens } = tokenizer;
  const [endToken] = endTokens;
  return createChatTemplate(source, {
    ...(bosToken === undefined ? {} : { bosToken: tokenizer.tokenText(bosToken) }),
    ...(endToken === undefined ? {} : { eosToken: tokenizer.tokenText(endToken) }),
  });
}

async function readJson(path: string): Promise<object> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ForetokenError(
      `The model has no readable '${basename(path)}' at ${path}. A safetensors model needs config.json and tokenizer.json beside its weights.`,
      { code: 'model-file-missing', details: { path }, cause },
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw new UnsupportedModelError(`${path} is not valid JSON: ${cause instanceof Error ? cause.message : cause}.`, {
      path,
    });
  }
  throw new UnsupportedModelError(`${path} holds no JSON object.`, { path });
}

function positiveInteger(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new InvalidArgumentError(`${name} must be a whole number above 0, not ${value}.`, { [name]: value });
}

function checkExitLayers(exitLayers: readonly number[], layers: number): void {
  const wrong = exitLayers.find((exit) => !Number.isInteger(exit) || exit < 1 || exit >= layers);
  if (wrong === undefined) return;
  throw new InvalidArgumentError(
    `exitLayers has ${wrong}, but this model has ${layers} layers: give whole numbers from 1 to ${layers - 1}.`,
    { exitLayers, layers },
  );
}

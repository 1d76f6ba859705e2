import type { ExecutorKind, KvPrecision } from '@foretoken/backend';
import type { Arithmetic, Drafter } from '@foretoken/core';
import {
  type ControllerName,
  checkDepth,
  checkMinimumConfidence,
  DEFAULT_MODEL,
  type DraftMode,
  loadSpeculativeModel,
} from '@foretoken/speculation';
import type { Device, ProgressListener } from '@foretoken/tensorflow/status';
import { checkCreation } from './check-options.js';
import type { Decoder } from './decoder.js';
import { modelDecoder } from './model-decoder.js';

export interface CreateDecoderOptions {
  /** Registered name, Hugging Face id `organisation/name`, or path. @default 'smollm2-135m-instruct' */
  readonly model?: string;
  /** Where the model runs; `auto` takes the best there is: cuda, cpu, wasm, js. @default 'auto' */
  readonly device?: 'auto' | Device;
  /**
   * How forward passes run: `fused` with this project's own operators on weights in their stored format, on cuda or
   * cpu; `graph` by TensorFlow's operations in one native call, on cuda or cpu; `eager` anywhere. @default the first
   * that can be had
   */
  readonly executor?: ExecutorKind;
  /**
   * Number format of the KV cache; `float16` takes half the memory and needs the executor `fused`. @default 'float32'
   */
  readonly kvPrecision?: KvPrecision;
  /**
   * Arithmetic of products with quantised weights: `exact` with float32 activations, or `integer` with activations
   * rounded to 8 bits, which is faster and needs the executor `fused`. @default DEFAULT_ARITHMETIC of `@foretoken/core`
   * with `fused`, else 'exact'
   */
  readonly arithmetic?: Arithmetic;
  /** Tokens that prompt and answer may have together. @default the model's own, at most 8192 */
  readonly contextLength?: number;
  /** How guesses are made, unless `GenerateOptions.draft` is given. @default 'auto' */
  readonly draft?: DraftMode;
  /**
   * Your own drafters, in order of preference, instead of `draft`; they keep what they learn from one generation to the
   * next. @default those of `draft`
   */
  readonly drafters?: readonly Drafter[];
  /** Which controller decides how far to guess, unless `GenerateOptions.controller` is given. @default 'auto' */
  readonly controller?: ControllerName;
  /**
   * Longest run of tokens guessed in a round, 1 to 64, unless `GenerateOptions.depth` is given. @default what the
   * controller finds best; for controllers that measure no cost 7 on cuda and cpu, 3 on wasm and js
   */
  readonly depth?: number;
  /**
   * Guesses less likely to be accepted than this are not made, unless `GenerateOptions.minimumConfidence` is given. In
   * [0, 1]. @default 0
   */
  readonly minimumConfidence?: number;
  /**
   * Whether to measure the cost of forward passes before the first answer: takes about half a second and makes the
   * first decisions of the controller better. @default true with the controller 'auto'
   */
  readonly calibrate?: boolean;
  /** Where models and TensorFlow are kept. @default FORETOKEN_CACHE, else the XDG cache folder */
  readonly cacheDirectory?: string;
  /** Whether files that are missing in the cache may be downloaded. @default true */
  readonly allowDownload?: boolean;
  /** Called with the progress of downloads and builds; `terminalProgress(process.stderr)` shows it. */
  readonly onProgress?: ProgressListener;
  /**
   * Called with one line that names cause and remedy if the model will run several times slower than this machine could
   * run it. @default process.emitWarning
   */
  readonly onWarning?: (message: string) => void;
}

/**
 * Loads TensorFlow and a model, and returns a decoder with sensible defaults: greedy decoding on the fastest available
 * device, with speculation by cheap drafters where the controller expects it to save time. The first use on a machine
 * downloads what is needed into the cache.
 *
 * @throws {ForetokenError} `unknown-model`, `invalid-argument`, and what `loadModel` and `loadTensorFlow` throw.
 *
 * @example
 * ```ts
 * import { createDecoder } from 'foretoken';
 *
 * const decoder = await createDecoder({ model: 'smollm2-135m-instruct' });
 * for await (const event of decoder.chat([{ role: 'user', content: 'Why is the sky blue?' }], { maxTokens: 32 })) {
 *   process.stdout.write(event.text);
 * }
 * decoder.close();
 * ```
 */
export async function createDecoder(options: CreateDecoderOptions = {}): Promise<Decoder> {
  checkCreation(options);
  const { draft = 'auto', drafters, controller = 'auto', depth, minimumConfidence, ...loading } = options;
  checkDepth(depth);
  checkMinimumConfidence(minimumConfidence);
  const speculative = await loadSpeculativeModel({ model: DEFAULT_MODEL, ...loading, draft, controller });
  return modelDecoder(speculative, { draft, drafters, controller, depth, minimumConfidence });
}

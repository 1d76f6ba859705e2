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
   * How forwards run: `fused` by this project's own operators on weights as they are stored, on cpu; `graph` by
   * TensorFlow's operations in one native call, on cuda or cpu; `eager` anywhere. @default the first that can be had
   */
  readonly executor?: ExecutorKind;
  /** What the KV cache keeps numbers in; `float16`, half the memory, with the executor `fused` only. @default 'float32' */
  readonly kvPrecision?: KvPrecision;
  /**
   * What products with quantised weights are computed in: `exact` with float32 activations, `integer` with activations
   * rounded to 8 bits, which is faster, with the executor `fused` only. @default DEFAULT_ARITHMETIC of `@foretoken/core` with `fused`, else 'exact'
   */
  readonly arithmetic?: Arithmetic;
  /** Tokens that prompt and answer may have together. @default the model's own, at most 8192 */
  readonly contextLength?: number;
  /** How guesses are made where `GenerateOptions.draft` does not say. @default 'auto' */
  readonly draft?: DraftMode;
  /**
   * Drafters of your own, in order of preference, in place of `draft`; what they remember is kept from one generation to
   * the next. @default those of `draft`
   */
  readonly drafters?: readonly Drafter[];
  /** Who decides how far to guess where `GenerateOptions.controller` does not say. @default 'auto' */
  readonly controller?: ControllerName;
  /**
   * Longest run of tokens guessed in a round where `GenerateOptions.depth` does not say, 1 to 64. @default what the
   * controller finds best; for controllers that measure no cost 7 on cuda and cpu, 3 on wasm and js
   */
  readonly depth?: number;
  /** Guesses less likely to be accepted than this are not made where `GenerateOptions.minimumConfidence` does not say. In [0, 1]. @default 0 */
  readonly minimumConfidence?: number;
  /** Whether to measure, before the first answer, what forwards cost: about half a second for better first guesses. @default true with the controller 'auto' */
  readonly calibrate?: boolean;
  /** Where models and TensorFlow are kept. @default FORETOKEN_CACHE, else the XDG cache folder */
  readonly cacheDirectory?: string;
  /** Whether what is missing in the cache may be fetched. @default true */
  readonly allowDownload?: boolean;
  /** Told of downloads and builds; `terminalProgress(process.stderr)` shows them. */
  readonly onProgress?: ProgressListener;
  /**
   * Told in one line, with the cause and what helps, when the model will run several times slower than this machine
   * could run it. @default process.emitWarning
   */
  readonly onWarning?: (message: string) => void;
}

/**
 * Loads a model, with TensorFlow, and gives a decoder with sensible defaults: greedy, speculative with cheap drafters and a
 * controller that uses them where they pay, the best device there is. The first use on a machine fetches what is needed into the cache.
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
  const { draft = 'auto', drafters: own, controller = 'auto', depth, minimumConfidence, ...loading } = options;
  checkDepth(depth);
  checkMinimumConfidence(minimumConfidence);
  const speculation = { draft, controller };
  const parts = await loadSpeculativeModel({ model: DEFAULT_MODEL, ...loading, ...speculation });
  return modelDecoder({ ...parts, ...speculation, own, depth, minimumConfidence });
}

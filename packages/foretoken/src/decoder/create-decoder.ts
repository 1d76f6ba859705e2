import type { Drafter } from '@foretoken/core';
import {
  type ControllerName,
  checkDepth,
  checkMinimumConfidence,
  DEFAULT_MODEL,
  type DraftMode,
  type LoadSpeculativeModelOptions,
  loadSpeculativeModel,
} from '@foretoken/speculation';
import { checkCreation } from './check-options.js';
import type { Decoder } from './decoder.js';
import { modelDecoder } from './model-decoder.js';

/** What a decoder is made of. */
export interface CreateDecoderOptions
  extends Pick<
    LoadSpeculativeModelOptions,
    | 'device'
    | 'executor'
    | 'kvPrecision'
    | 'arithmetic'
    | 'contextLength'
    | 'calibrate'
    | 'cacheDirectory'
    | 'allowDownload'
    | 'onProgress'
    | 'onWarning'
  > {
  /** Registered name, Hugging Face id `organisation/name`, or path. @default 'smollm2-135m-instruct' */
  readonly model?: string;
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

import { loadModel } from '@foretoken/core/tensorflow';
import type { Device, ProgressListener } from '@foretoken/tensorflow';
import type { Decoder, DraftMode } from './decoder.js';
import { DEFAULT_MODEL, defaultDepth } from './defaults.js';
import { draftingFor } from './drafting.js';
import { modelDecoder } from './model-decoder.js';

export interface CreateDecoderOptions {
  /** Registered name, Hugging Face id `organisation/name`, or path. @default 'smollm2-135m-instruct' */
  readonly model?: string;
  /** Where the model runs; `auto` takes the best there is: cuda, cpu, wasm, js. @default 'auto' */
  readonly device?: 'auto' | Device;
  /** `graph` is one native call a forward and needs cuda or cpu; `eager` runs anywhere. @default 'graph' where it can be had */
  readonly executor?: 'graph' | 'eager';
  /** Tokens that prompt and answer may have together. @default the model's own, at most 8192 */
  readonly contextLength?: number;
  /** How guesses are made where `GenerateOptions.draft` does not say. @default 'auto' */
  readonly draft?: DraftMode;
  /** Most tokens guessed in a round where `GenerateOptions.depth` does not say, 1 to 64. @default 7 on cuda and cpu, 3 on wasm and js */
  readonly depth?: number;
  /** Where models and TensorFlow are kept. @default FORETOKEN_CACHE, else the XDG cache folder */
  readonly cacheDirectory?: string;
  /** Whether what is missing in the cache may be fetched. @default true */
  readonly allowDownload?: boolean;
  /** Told of downloads and builds; `terminalProgress(process.stderr)` shows them. */
  readonly onProgress?: ProgressListener;
}

/**
 * Loads a model, with TensorFlow, and gives a decoder with sensible defaults: greedy, speculative by lookup, the best
 * device there is. The first use on a machine fetches what is needed into the cache.
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
  const { model = DEFAULT_MODEL, draft = 'auto', depth, ...loading } = options;
  // Refuses a bad value before the model is loaded.
  draftingFor({ draft, depth: depth ?? 1 });
  const loaded = await loadModel(model, loading);
  return modelDecoder({ loaded, draft, depth: depth ?? defaultDepth(loaded.device) });
}
